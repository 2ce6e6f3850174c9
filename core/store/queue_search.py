"""How the next photos are found: down the queue along an index, or among few photos that another index knows."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.store import schema as t
from core.store.leases import held_by_another
from core.store.queue_filter import QueueFilter, apart, candidates, conditions, is_put_off, skipped_by

FEW = 20_000  # photos that are looked at one by one rather than met on the way down the queue
NOBODY = 0  # the id of somebody who is not known yet


def asking(connection: sa.Connection, annotator: str) -> int:
    """Return the id of somebody."""
    query = sa.select(t.annotator.c.id).where(t.annotator.c.name == annotator)
    return connection.execute(query).scalar_one_or_none() or NOBODY


def next_in_queue(
    connection: sa.Connection,
    who: int,
    wanted: QueueFilter,
    *,
    limit: int,
    audit: bool,
    again: bool,
    at: datetime,
) -> list[int]:
    """Return the ids of the next photos for somebody, the most valuable first; see `core.store.queue.Queue.following`."""
    q = t.queue_entry.c
    ways = [*candidates(wanted), *([skipped_by(who)] if again else [])]
    way = next((way for way in ways if _is_few(connection, way)), None)
    put_off = is_put_off(who)
    found: list[Any] = []
    for part in [wanted] if way is not None else apart(wanted):
        query = (
            sa.select(q.priority, q.media_id)
            .where(*conditions(part, who), ~held_by_another(who, at), put_off if again else ~put_off)
            .order_by(q.priority.desc(), q.media_id)
            .limit(limit)
        )
        for is_open in (True,) if wanted.status == "open" else (True, False):
            standing = (
                _among(query, way, is_open, audit) if way is not None else _along(query, is_open, audit)
            )
            found += connection.execute(standing).all()
    best = sorted(found, key=lambda row: (-row.priority, row.media_id))
    return [row.media_id for row in best[:limit]]


def _is_few(connection: sa.Connection, way: sa.Select[tuple[int]]) -> bool:
    count = sa.select(sa.func.count()).select_from(way.limit(FEW + 1).subquery())
    return connection.execute(count).scalar_one() <= FEW


def _along(query: sa.Select[Any], is_open: bool, audit: bool) -> sa.Select[Any]:
    q = t.queue_entry.c
    return query.where(q.is_open.is_(is_open), q.audit.is_(audit))


def _among(query: sa.Select[Any], way: sa.Select[tuple[int]], is_open: bool, audit: bool) -> sa.Select[Any]:
    # The limit cuts nothing off: written out, it tells the database that these are few, and that it had better begin with them.
    named = way.limit(sa.literal_column(str(FEW))).subquery()
    q, few = t.queue_entry.c, sa.select(named.c.media_id).distinct().subquery()
    # Behind a function, these do not lead the database to the index of the order, and so down the whole queue.
    hidden = (sa.func.coalesce(q.is_open, sa.false()), sa.func.coalesce(q.audit, sa.false()))
    return query.join(few, few.c.media_id == q.media_id).where(hidden[0].is_(is_open), hidden[1].is_(audit))
