"""What is left to review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.store import schema as t
from core.store.engine import open_database
from core.store.records import EventKind


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A photo that nobody has labelled, with what the newest model said about it.

    Attributes:
        prediction: Id of that prediction.
        displayed: The answer on screen: a taxon id, `"blank"`, or `None`.
        top_k: Best species and their probabilities.
        name: The name that the photo came with.
    """

    sha256: str
    prediction: int
    displayed: str | None
    top_k: tuple[tuple[str, float], ...]
    name: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The newest act of a person about a photo, which may be taken back."""

    sha256: str
    event: str
    kind: EventKind
    taxon: str | None
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


class ReviewStore:
    """Questions about photos and labels that only reviewing asks."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def unreviewed(self) -> list[Unreviewed]:
        """Return all photos with a prediction and without a label that stands."""
        p, m, c = t.prediction.c, t.media.c, t.current_label.c
        newest = sa.select(p.media_id, sa.func.max(p.id).label("id")).group_by(p.media_id).subquery()
        names = (
            sa.select(t.media_source.c.media_id, sa.func.min(t.media_source.c.original_name).label("name"))
            .group_by(t.media_source.c.media_id)
            .subquery()
        )
        query = (
            sa.select(m.sha256, p.id, p.displayed, p.top_k, names.c.name)
            .join(newest, newest.c.id == p.id)
            .join(t.media, m.id == p.media_id)
            .outerjoin(names, names.c.media_id == m.id)
            .outerjoin(t.current_label, c.media_id == m.id)
            .where(c.media_id.is_(None))
            .order_by(m.id)
        )
        with self._engine.connect() as connection:
            return [
                Unreviewed(
                    row.sha256, row.id, row.displayed, tuple((k, v) for k, v in row.top_k), row.name or ""
                )
                for row in connection.execute(query)
            ]

    def progress(self) -> tuple[int, int]:
        """Return how many photos have a label that stands, and how many have that or a prediction."""
        m = t.media.c
        predicted = sa.exists().where(t.prediction.c.media_id == m.id)
        labelled = sa.exists().where(t.current_label.c.media_id == m.id)
        with self._engine.connect() as connection:
            done = connection.execute(sa.select(sa.func.count()).select_from(t.current_label)).scalar_one()
            total = connection.execute(
                sa.select(sa.func.count()).select_from(t.media).where(predicted | labelled)
            ).scalar_one()
        return int(done), int(total)

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

    def last_acts(self, annotator: str, limit: int) -> Sequence[Reviewed]:
        """Return an annotator's newest acts but undos, oldest first; some may have been taken back."""
        e, m = t.label_event.c, t.media.c
        query = (
            sa.select(m.sha256, e.id, e.kind, e.taxon, e.acted_at)
            .join(t.media, m.id == e.media_id)
            .join(t.annotator)
            .where(t.annotator.c.name == annotator, e.kind != EventKind.UNDO.value)
            .order_by(e.seq.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Reviewed(r.sha256, r.id, EventKind(r.kind), r.taxon, r.acted_at) for r in reversed(rows)]


def all_photos(url: str) -> list[str]:
    """Return the hashes of all photos that a database knows."""
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(sa.select(t.media.c.sha256).order_by(t.media.c.id)).scalars())
    finally:
        engine.dispose()
