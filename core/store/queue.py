"""The queue in the database: where every photo stands, so that the next one is a look into an index however many there are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.store import schema as t
from core.store.current import refresh
from core.store.engine import MOST_VALUES, media_ids, writing
from core.store.queue_filter import EVERYTHING, QueueFilter, conditions
from core.store.queue_search import asking, next_in_queue
from core.store.records import EventKind, Lane

CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A photo to look at, with what the newest model said about it.

    Attributes:
        prediction: Id of that prediction.
        displayed: The answer on screen: a taxon id, `"blank"`, or `None`.
        top_k: Best species and their probabilities.
        name: The name that the photo came with.
        lane: Why it is in the queue, `""` before anybody said so.
    """

    sha256: str
    prediction: int
    displayed: str | None
    top_k: tuple[tuple[str, float], ...]
    name: str
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a photo stands: within its kind (chosen by chance, or not) the largest priority comes first."""

    sha256: str
    prediction: int
    lane: str
    priority: float
    audit: bool


class Queue:
    """Keeps the order of photos and gives the next ones."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def unplaced(self) -> Iterator[Unreviewed]:
        """Yield photos whose newest prediction has no place yet, oldest first.

        Ids of predictions only grow, so everything above the newest that was placed is new.
        """
        p, m = t.prediction.c, t.media.c
        above = self._newest_placed()
        newer = t.prediction.alias()
        query = (
            sa.select(m.sha256, p.id, p.displayed, p.top_k, sa.literal("").label("name"), sa.literal("").label("lane"))
            .select_from(t.prediction)
            .join(t.media)
            .where(
                p.id > above,
                ~sa.exists().where(newer.c.media_id == p.media_id, newer.c.id > p.id),
            )
            .order_by(p.id)
            .limit(CHUNK)
        )  # fmt: skip
        last = above
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(query.where(p.id > last)).all()
            yield from (_unreviewed(row) for row in rows)
            if len(rows) < CHUNK:
                return
            last = rows[-1].id

    def unplaced_deployments(self) -> list[str]:
        """Return the deployments of those photos, in the order of their names."""
        p, d = t.prediction.c, t.capture_deployment.c
        query = sa.select(d.deployment).distinct().join(t.prediction, p.media_id == d.media_id)
        with self._engine.connect() as connection:
            return sorted(connection.execute(query.where(p.id > self._newest_placed())).scalars())

    def _newest_placed(self) -> int:
        with self._engine.connect() as connection:
            newest = sa.select(sa.func.max(t.queue_entry.c.prediction_id))
            return connection.execute(newest).scalar_one() or 0

    def place(self, places: Iterable[Place]) -> None:
        """Give photos their place, new or again; who has a label stays closed."""
        statement = self._placing()
        waiting = iter(places)
        while chunk := list(islice(waiting, CHUNK)):
            rows = [
                {"prediction": one.prediction, "lane": one.lane, "priority": one.priority, "audit": one.audit}
                for one in chunk
            ]
            spoken_of = _with_acts([one.prediction for one in chunk])
            with writing(self._engine) as connection:
                connection.execute(statement, rows)
                refresh(connection, connection.execute(spoken_of).scalars().all())

    def _placing(self) -> sa.Executable:
        """Return what gives a photo its place, with what its prediction says, as filters will ask for it."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        q, p = t.queue_entry.c, t.prediction.c
        values: dict[str, Any] = {
            "media_id": p.media_id, "prediction_id": p.id, "is_open": sa.true(), "labelled_by": sa.literal(""),
            "displayed": p.displayed, "confidence": p.confidence, "model_id": p.model_id,
        }  # fmt: skip
        values |= {name: sa.bindparam(name, type_=q[name].type) for name in ("lane", "priority", "audit")}
        rows = sa.select(*values.values()).where(p.id == sa.bindparam("prediction"))
        statement: Any = dialect.insert(t.queue_entry).from_select(list(values), rows)
        kept = ("media_id", "is_open", "labelled_by")
        new = {name: statement.excluded[name] for name in values if name not in kept}
        placing: sa.Executable = statement.on_conflict_do_update(index_elements=["media_id"], set_=new)
        return placing

    def reopen(self, places: Iterable[Place]) -> int:
        """Put labelled photos back for a second look, unless somebody has already looked for that reason or a person is
        in the frame.

        Returns:
            How many were put back.
        """
        e = t.label_event.c
        count = 0
        with writing(self._engine) as connection:
            for one in places:
                media_id = media_ids(connection, [one.sha256]).get(one.sha256)
                seen = sa.exists().where(e.media_id == media_id, e.lane == one.lane)
                mark = t.current_mark.c
                person = sa.exists().where(mark.media_id == media_id, mark.kind == EventKind.PERSON.value)
                if media_id is None or connection.execute(sa.select(seen | person)).scalar_one():
                    continue
                count += connection.execute(_moved(media_id, one).values(is_open=True)).rowcount
        return count

    def settle(self, open_now: dict[str, bool]) -> None:
        """Say of photos that people have looked at whether they need another look."""
        with writing(self._engine) as connection:
            known = media_ids(connection, list(open_now))
            for is_open in (True, False):
                some = [number for sha256, number in known.items() if open_now[sha256] is is_open]
                q = t.queue_entry
                connection.execute(q.update().where(q.c.media_id.in_(some)).values(is_open=is_open))

    def raise_to(self, places: Iterable[Place]) -> None:
        """Give photos that are still waiting another lane and priority."""
        waiting = list(places)
        if not waiting:
            return
        with writing(self._engine) as connection:
            known = media_ids(connection, [one.sha256 for one in waiting])
            for one in waiting:
                connection.execute(_moved(known.get(one.sha256), one).where(t.queue_entry.c.is_open))

    def following(
        self,
        annotator: str,
        *,
        limit: int,
        audit: bool,
        at: datetime,
        wanted: QueueFilter = EVERYTHING,
        again: bool = False,
    ) -> list[Unreviewed]:
        """Return the next photos for somebody, chosen by chance (`audit`) or by value.

        Photos that others hold at this moment, or that this person has labelled, are left out; those put off
        (skipped) come when nothing else is left: ask with `again`.
        """
        with self._engine.connect() as connection:
            who = asking(connection, annotator)
            chosen = next_in_queue(connection, who, wanted, limit=limit, audit=audit, again=again, at=at)
            rows = {
                row.media_id: row
                for row in connection.execute(_photos().where(t.queue_entry.c.media_id.in_(chosen)))
            }
        return [_unreviewed(rows[number]) for number in chosen]

    def photos(self, hashes: Sequence[str]) -> dict[str, Unreviewed]:
        """Return photos of the queue by hash, whether they wait or not."""
        with self._engine.connect() as connection:
            rows = [
                row
                for start in range(0, len(hashes), MOST_VALUES)
                for row in connection.execute(
                    _photos().where(t.media.c.sha256.in_(hashes[start : start + MOST_VALUES]))
                )
            ]
        return {row.sha256: _unreviewed(row) for row in rows}

    def progress(self) -> tuple[int, int]:
        """Return how many photos need no look any more, and how many there are."""
        count = sa.select(sa.func.count()).select_from(t.queue_entry)  # of a whole table: at once
        closed = count.where(~t.queue_entry.c.is_open)  # grows with the work done, not with the photos
        query = sa.select(closed.scalar_subquery(), count.scalar_subquery())
        with self._engine.connect() as connection:
            done, total = connection.execute(query).one()
        return int(done), int(total)

    def left(self, wanted: QueueFilter = EVERYTHING) -> dict[str, int]:
        """Return how many photos are waiting, by lane."""
        lane = t.queue_entry.c.lane
        lanes = lane.in_(
            [one.value for one in Lane]
        )  # all of them: along their index, not along that of the order
        query = sa.select(lane, sa.func.count()).where(lanes, *conditions(wanted)).group_by(lane)
        query = query.where(t.queue_entry.c.is_open.is_(True)) if wanted.status == "open" else query
        with self._engine.connect() as connection:
            return {lane: int(count) for lane, count in connection.execute(query)}


def _with_acts(predictions: Sequence[int]) -> sa.Select[Any]:
    q = t.queue_entry.c
    about = sa.exists().where(t.label_event.c.media_id == q.media_id)
    return sa.select(q.media_id).where(q.prediction_id.in_(predictions), about)


def _moved(media_id: int | None, to: Place) -> sa.Update:
    row = t.queue_entry
    return row.update().where(row.c.media_id == media_id).values(
        lane=to.lane, priority=to.priority, audit=False
    )  # fmt: skip


def _photos() -> sa.Select[Any]:
    q, m, p = t.queue_entry.c, t.media.c, t.prediction.c
    names = sa.select(sa.func.min(t.media_source.c.original_name)).where(t.media_source.c.media_id == m.id)
    return (
        sa.select(
            q.media_id, m.sha256, p.id, p.displayed, p.top_k, names.scalar_subquery().label("name"), q.lane
        )
        .select_from(t.queue_entry)
        .join(t.media, m.id == q.media_id)
        .join(t.prediction, p.id == q.prediction_id)
    )


def _unreviewed(row: sa.Row[Any]) -> Unreviewed:
    top = tuple((name, chance) for name, chance in row.top_k)
    return Unreviewed(row.sha256, row.id, row.displayed, top, row.name or "", row.lane)
