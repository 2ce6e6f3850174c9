"""Tests with a known answer, and how people did in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.store import schema as t
from core.store.engine import annotator_id, media_ids, writing
from core.store.records import LABELS, Lane


@dataclass(frozen=True, slots=True)
class GoldPhoto:
    """A photo whose answer is known: a taxon id, or `None` for no animal."""

    sha256: str
    taxon: str | None
    by: str


@dataclass(frozen=True, slots=True)
class BlindAnswer:
    """What somebody said without being told anything, and what was known.

    Attributes:
        lane: `GOLD`: `expected` is the known answer; `AGAIN`: it is what the same person said before.
    """

    annotator: str
    sha256: str
    lane: Lane
    said: str | None
    expected: str | None


class Gold:
    """Keeps photos with a known answer; they are taken out of use, never deleted."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, photos: Sequence[GoldPhoto], *, at: datetime) -> int:
        """Let photos be tests; those that are stay as they are. Return how many were added."""
        count = 0
        with writing(self._engine) as connection:
            known = media_ids(connection, [photo.sha256 for photo in photos])
            g = t.gold.c
            used = set(connection.execute(sa.select(g.media_id).where(g.in_use)).scalars())
            for photo in photos:
                media_id = known.get(photo.sha256)
                if media_id is None or media_id in used:
                    continue
                who = annotator_id(connection, photo.by, at=at)
                connection.execute(
                    t.gold.insert().values(
                        media_id=media_id, taxon=photo.taxon, annotator_id=who, added_at=at, in_use=True
                    )
                )
                count += 1
        return count

    def take_out(self, sha256: str) -> None:
        """Let a photo be a test no longer; answers that were given stay."""
        with writing(self._engine) as connection:
            media_id = media_ids(connection, [sha256]).get(sha256)
            connection.execute(t.gold.update().where(t.gold.c.media_id == media_id).values(in_use=False))

    def all(self) -> list[GoldPhoto]:
        """Return all tests in use, oldest first."""
        g = t.gold.c
        query = (
            sa.select(t.media.c.sha256, g.taxon, t.annotator.c.name)
            .select_from(t.gold)
            .join(t.media)
            .join(t.annotator)
            .where(g.in_use)
            .order_by(g.id)
        )
        with self._engine.connect() as connection:
            return [GoldPhoto(*row) for row in connection.execute(query)]

    def agreed(self, limit: int) -> list[GoldPhoto]:
        """Return photos that two or more people label alike and nobody otherwise: what a test can be made of."""
        c, g = t.current_label.c, t.gold.c
        query = (
            sa.select(t.media.c.sha256, c.taxon, c.annotator)
            .select_from(t.current_label)
            .join(t.media)
            .where(c.votes >= 2, c.votes == c.voters, ~sa.exists().where(g.media_id == c.media_id, g.in_use))
            .order_by(t.media.c.sha256)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [GoldPhoto(*row) for row in connection.execute(query)]

    def untried(self, annotator: str, limit: int) -> list[str]:
        """Return tests that somebody has neither taken nor labelled."""
        g = t.gold.c
        query = (
            sa.select(t.media.c.sha256)
            .select_from(t.gold)
            .join(t.media)
            .where(g.in_use, ~_said_by(annotator, g.media_id))
            .order_by(t.media.c.sha256)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def own_labels(self, annotator: str, limit: int) -> list[str]:
        """Return photos that somebody labelled longest ago and was not asked about again."""
        e, m = t.label_event.c, t.media.c
        query = (
            sa.select(m.sha256)
            .select_from(t.current_label)
            .join(t.media)
            .join(t.label_event, e.id == t.current_label.c.event_id)
            .where(
                t.current_label.c.annotator == annotator,
                e.lane.is_not(None),
                ~_said_by(annotator, m.id, blind=True),
            )
            .order_by(e.seq)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def answers(self) -> list[BlindAnswer]:
        """Return the last blind answer of everybody about every photo, in the order in which they were given."""
        e, g = t.label_event.c, t.gold.c
        query = (
            sa.select(e.seq, t.media.c.sha256, t.annotator.c.name, e.lane, e.taxon, g.taxon.label("known"), e.media_id, e.annotator_id)
            .select_from(t.label_event)
            .join(t.media, t.media.c.id == e.media_id)
            .join(t.annotator, t.annotator.c.id == e.annotator_id)
            .outerjoin(t.gold, (g.media_id == e.media_id) & g.in_use)
            .where(
                e.blind,
                e.kind.in_([kind.value for kind in LABELS]),
                ~_taken_back(e.id),
            )
            .order_by(e.seq)
        )  # fmt: skip
        found: dict[tuple[str, str, str], BlindAnswer] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query).all():
                expected = row.known
                if row.lane == Lane.AGAIN:
                    own = connection.execute(_own_label(row.media_id, row.annotator_id)).first()
                    if own is None:
                        continue
                    expected = own.taxon
                answer = BlindAnswer(row.name, row.sha256, Lane(row.lane), row.taxon, expected)
                found[row.name, row.sha256, row.lane] = answer
        return list(found.values())


def _said_by(
    annotator: str, media_id: sa.ColumnElement[int], *, blind: bool = False
) -> sa.ColumnElement[bool]:
    """Whether a label of somebody on a photo stands."""
    act = t.label_event.alias().c
    who = sa.select(t.annotator.c.id).where(t.annotator.c.name == annotator).scalar_subquery()
    mine = [act.media_id == media_id, act.annotator_id == who, act.kind.in_([kind.value for kind in LABELS])]
    return sa.exists().where(*mine, *([act.blind] if blind else []), ~_taken_back(act.id))


def _taken_back(act_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    undo = t.label_event.alias().c
    return sa.exists().where(undo.undoes == act_id)


def _own_label(media_id: int, annotator: int) -> sa.Select[tuple[str | None]]:
    """The newest label of somebody that was not blind."""
    e = t.label_event.c
    return (
        sa.select(e.taxon)
        .where(
            e.media_id == media_id, e.annotator_id == annotator, ~e.blind, e.subject.is_(None),
            e.kind.in_([kind.value for kind in LABELS]), ~_taken_back(e.id),
        )
        .order_by(e.seq.desc())
        .limit(1)
    )  # fmt: skip
