"""What is left to review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.store import schema as t
from core.store.engine import MOST_VALUES, annotator_id, open_database, writing
from core.store.events import newest
from core.store.ledger import Ledger
from core.store.records import LABELS, Box, Certainty, EventKind, LabelEvent, Lane

RECENT = 500


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The newest act of a person about a photo, which may be taken back."""

    sha256: str
    event: str
    kind: EventKind
    taxon: str | None
    lane: str | None
    action: str | None
    acted_at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled photo: what people say, `None` for no animal, and what the model said.

    Attributes:
        best: The likeliest species.
        displayed: The answer on screen: a taxon id, `"blank"`, or `None`.
    """

    sha256: str
    label: str | None
    best: str | None
    displayed: str | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """A labelled photo and what the newest model says of it; `label` is `None` for no animal."""

    sha256: str
    label: str | None
    prediction: int
    displayed: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Said:
    """What stands about a photo beside what the model says.

    Attributes:
        taxon: The label, `None` for no animal or for no label at all, which `by` tells apart.
        by: Who gave the label, `""` if nobody did.
        boxes: What was drawn last.
        flag: Id of the flag that stands, so that it can be taken away.
        taken_at: Local time, ISO 8601.
    """

    taxon: str | None = None
    by: str = ""
    boxes: tuple[Box, ...] = ()
    flag: str | None = None
    has_person: bool = False
    taken_at: str | None = None


class ReviewStore:
    """Questions about photos and labels that only reviewing asks."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def policy(self) -> str | None:
        """Return the name of the policy that was chosen last; see `core.review.retirement`."""
        newest = sa.select(t.review_policy.c.name).order_by(t.review_policy.c.id.desc()).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(newest).scalar_one_or_none()

    def set_policy(self, name: str, annotator: str, *, at: datetime) -> None:
        """Let another policy count from now on."""
        with writing(self._engine) as connection:
            who = annotator_id(connection, annotator, at=at)
            connection.execute(t.review_policy.insert().values(name=name, annotator_id=who, added_at=at))

    def said(self, hashes: Sequence[str]) -> dict[str, Said]:
        """Return what stands about photos, by hash."""
        m, c, e = t.media.c, t.current_label.c, t.label_event.c
        query = sa.select(
            m.sha256, c.taxon, c.annotator, _mark(EventKind.FLAG).label("flag"), _mark(EventKind.PERSON).label("person"),
            newest(t.capture_time, "captured_at").label("taken"),
            sa.exists().where(e.media_id == m.id, e.kind == EventKind.BOXES.value).label("has_boxes"),
        ).select_from(t.media).outerjoin(t.current_label, c.media_id == m.id)  # fmt: skip
        with self._engine.connect() as connection:
            rows = [
                row
                for start in range(0, len(hashes), MOST_VALUES)
                for row in connection.execute(query.where(m.sha256.in_(hashes[start : start + MOST_VALUES])))
            ]
        ledger = Ledger(self._engine)
        return {
            row.sha256: Said(
                row.taxon, row.annotator or "", _boxes(ledger.standing(row.sha256)) if row.has_boxes else (),
                row.flag, row.person is not None, row.taken,
            )
            for row in rows
        }  # fmt: skip

    def examples(self, taxon: str, limit: int, *, beside: str) -> list[str]:
        """Return hashes of photos that people say show a taxon, to be compared with another photo: those that most
        people agree on first, then the newest.

        Left out are the photo `beside` which they are to be shown and all others of its events, photos that somebody has
        still to look at, tests, guesses, and photos with a flag or a person: none may give an answer away, and each
        should be a good example. Only the newest `RECENT` of the taxon are looked through.
        """
        c, e, m, mine = t.current_label.c, t.label_event.c, t.media.alias(), t.event_media.alias()
        recent = sa.select(c.media_id).where(c.taxon == taxon).order_by(c.media_id.desc()).limit(RECENT)
        shown = sa.select(m.c.id).where(m.c.sha256 == beside)
        events = sa.select(mine.c.event_id).where(mine.c.media_id.in_(shown))
        gives_away = [
            sa.exists().where(t.event_media.c.media_id == c.media_id, t.event_media.c.event_id.in_(events)),
            sa.exists().where(t.queue_entry.c.media_id == c.media_id, t.queue_entry.c.is_open),
            sa.exists().where(t.gold.c.media_id == c.media_id, t.gold.c.in_use),
            sa.exists().where(t.current_mark.c.media_id == c.media_id),
        ]
        query = (
            sa.select(t.media.c.sha256)
            .select_from(t.current_label)
            .join(t.media)
            .join(t.label_event, e.id == c.event_id)
            .where(
                c.media_id.in_(recent), c.media_id.not_in(shown), *(~reason for reason in gives_away),
                sa.func.coalesce(e.certainty, "") != Certainty.GUESS.value,
            )
            .order_by(c.votes.desc(), c.seq.desc())
            .limit(limit)
        )  # fmt: skip
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def judged(self) -> list[Judged]:
        """Return every labelled photo with what the model on screen said, by hash."""
        p, m, e = t.prediction.c, t.media.c, t.label_event.c
        query = (
            sa.select(m.sha256, t.current_label.c.taxon, p.top_k, p.displayed)
            .select_from(t.current_label)
            .join(t.media)
            .join(t.label_event, e.id == t.current_label.c.event_id)
            .join(t.prediction, p.id == e.shown_prediction_id)
            .order_by(m.sha256)
        )
        with self._engine.connect() as connection:
            return [
                Judged(r.sha256, r.taxon, r.top_k[0][0] if r.top_k else None, r.displayed)
                for r in connection.execute(query)
            ]

    def opinions(self) -> list[Opinion]:
        """Return every labelled photo with what the newest model says, by hash."""
        p, m, c = t.prediction.c, t.media.c, t.current_label.c
        last = sa.select(p.media_id, sa.func.max(p.id).label("id")).group_by(p.media_id).subquery()
        query = (
            sa.select(m.sha256, c.taxon, p.id, p.displayed, p.confidence)
            .select_from(t.current_label)
            .join(t.media)
            .join(last, last.c.media_id == c.media_id)
            .join(t.prediction, p.id == last.c.id)
            .order_by(m.sha256)
        )
        with self._engine.connect() as connection:
            return [Opinion(*row) for row in connection.execute(query)]

    def moments(self) -> dict[str, list[datetime]]:
        """Return when each person labelled while reviewing."""
        e = t.label_event.c
        query = (
            sa.select(t.annotator.c.name, e.acted_at)
            .join(t.annotator, t.annotator.c.id == e.annotator_id)
            .where(e.kind.in_([kind.value for kind in LABELS]), e.lane.is_not(None), e.lane != Lane.IMPORT)
        )
        found: dict[str, list[datetime]] = {}
        with self._engine.connect() as connection:
            for name, moment in connection.execute(query):
                found.setdefault(name, []).append(moment)
        return found

    def agreement(self) -> tuple[int, int]:
        """Return how many photos all of two or more people label alike, and how many two or more label."""
        c = t.current_label.c
        count = sa.select(sa.func.count()).select_from(t.current_label).where(c.voters >= 2)
        with self._engine.connect() as connection:
            alike = connection.execute(count.where(c.votes == c.voters)).scalar_one()
            return int(alike), int(connection.execute(count).scalar_one())

    def positions(self) -> list[tuple[str, float, float]]:
        """Return hash, latitude and longitude of every photo whose place is known, for choosing and nothing else."""
        latitude, longitude = newest(t.capture_place, "latitude"), newest(t.capture_place, "longitude")
        query = sa.select(t.media.c.sha256, latitude, longitude).where(latitude.is_not(None))
        with self._engine.connect() as connection:
            return [(sha256, north, east) for sha256, north, east in connection.execute(query)]

    def deployments(self) -> list[str]:
        """Return the names of all deployments."""
        query = sa.select(t.capture_deployment.c.deployment).distinct()
        with self._engine.connect() as connection:
            return sorted(connection.execute(query).scalars())

    def last_acts(self, annotator: str, limit: int) -> Sequence[Reviewed]:
        """Return an annotator's newest acts but undos, oldest first; some may have been taken back."""
        e, m = t.label_event.c, t.media.c
        query = (
            sa.select(m.sha256, e.id, e.kind, e.taxon, e.lane, e.action, e.acted_at)
            .join(t.media, m.id == e.media_id)
            .join(t.annotator)
            .where(t.annotator.c.name == annotator, e.kind != EventKind.UNDO.value)
            .order_by(e.seq.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            Reviewed(r.sha256, r.id, EventKind(r.kind), r.taxon, r.lane, r.action, r.acted_at)
            for r in reversed(rows)
        ]


def _mark(kind: EventKind) -> sa.ScalarSelect[str]:
    mark = t.current_mark.c
    query = sa.select(mark.event_id).where(mark.media_id == t.media.c.id, mark.kind == kind.value)
    return query.scalar_subquery()


def _boxes(standing: Sequence[LabelEvent]) -> tuple[Box, ...]:
    return next((event.boxes for event in reversed(standing) if event.boxes is not None), ())


def all_photos(url: str) -> list[str]:
    """Return the hashes of all photos that a database knows."""
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(sa.select(t.media.c.sha256).order_by(t.media.c.id)).scalars())
    finally:
        engine.dispose()
