"""Filters that people keep, and work that is given to somebody."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.store import schema as t
from core.store.engine import annotator_id, writing


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter under a name.

    Attributes:
        query: What stands behind the `?` of its address.
        assignee: Who is to work on these photos, `""` for nobody in particular.
    """

    id: int
    name: str
    query: str
    by: str
    assignee: str


class SavedFilters:
    """Keeps filters; they are taken out of use, never deleted."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def save(self, name: str, query: str, by: str, *, at: datetime, assignee: str = "") -> int:
        """Keep a filter; return its id."""
        with writing(self._engine) as connection:
            who = annotator_id(connection, by, at=at)
            whose = annotator_id(connection, assignee, at=at) if assignee else None
            row = connection.execute(
                t.saved_filter.insert()
                .values(name=name, query=query, annotator_id=who, assignee_id=whose, added_at=at, in_use=True)
                .returning(t.saved_filter.c.id)
            )
            return int(row.scalar_one())

    def set_in_use(self, number: int, in_use: bool) -> None:
        """Take a filter out of use, or back into it."""
        with writing(self._engine) as connection:
            connection.execute(
                t.saved_filter.update().where(t.saved_filter.c.id == number).values(in_use=in_use)
            )

    def all(self) -> list[SavedFilter]:
        """Return the filters in use, oldest first."""
        f, by, assignee = t.saved_filter.c, t.annotator.alias(), t.annotator.alias()
        query = (
            sa.select(f.id, f.name, f.query, by.c.name.label("by"), assignee.c.name.label("assignee"))
            .select_from(t.saved_filter)
            .join(by, by.c.id == f.annotator_id)
            .outerjoin(assignee, assignee.c.id == f.assignee_id)
            .where(f.in_use)
            .order_by(f.id)
        )
        with self._engine.connect() as connection:
            return [
                SavedFilter(row.id, row.name, row.query, row.by, row.assignee or "")
                for row in connection.execute(query)
            ]
