"""Who is looking at which photo just now, so that two people are not given the same one.

A lease runs out by itself and keeps nobody from reading, labelling or seeing anything.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.store import schema as t
from core.store.engine import annotator_id, media_ids, writing

LEASE = timedelta(minutes=10)


class Leases:
    """Keeps photos for people for a while."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def hold(
        self, annotator: str, hashes: Iterable[str], *, at: datetime, lease: timedelta = LEASE
    ) -> frozenset[str]:
        """Keep photos for somebody for a while; what others hold stays theirs, and all may be read by everybody.

        Returns:
            Which of them this person holds now: two who ask at the same moment are given different ones.
        """
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        with writing(self._engine) as connection:
            known = media_ids(connection, list(hashes))
            if not known:
                return frozenset()
            who = annotator_id(connection, annotator, at=at)
            connection.execute(t.lease.delete().where(t.lease.c.expires_at <= at))
            statement = dialect.insert(t.lease)
            statement = statement.on_conflict_do_update(
                index_elements=["media_id"],
                set_={"expires_at": statement.excluded.expires_at},
                where=t.lease.c.annotator_id == statement.excluded.annotator_id,
            )
            until = at + lease
            connection.execute(
                statement,
                [{"media_id": one, "annotator_id": who, "expires_at": until} for one in known.values()],
            )
            held = connection.execute(sa.select(t.lease.c.media_id).where(t.lease.c.annotator_id == who))
            mine = set(held.scalars())
        return frozenset(sha256 for sha256, number in known.items() if number in mine)

    def let_go(self, annotator: str) -> None:
        """Give back everything that somebody holds."""
        who = sa.select(t.annotator.c.id).where(t.annotator.c.name == annotator).scalar_subquery()
        with writing(self._engine) as connection:
            connection.execute(t.lease.delete().where(t.lease.c.annotator_id == who))


def held_by_another(who: int, at: datetime) -> sa.ColumnElement[bool]:
    """Whether somebody else than the annotator of that id holds the photo of the queue's row of the outer query."""
    lease = t.lease.c
    return sa.exists().where(
        lease.media_id == t.queue_entry.c.media_id, lease.expires_at > at, lease.annotator_id != who
    )
