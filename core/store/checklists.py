"""Lists of what lives where that people gave: kept whole, taken out of use and put back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.errors import StoreError
from core.place import Presence, PresenceRecord
from core.store import schema as t
from core.store.engine import writing


@dataclass(frozen=True, slots=True)
class StoredChecklist:
    """A list; `sha256` is of the file it came in."""

    id: int
    name: str
    sha256: str
    added_at: datetime
    in_use: bool
    entries: int
    countries: tuple[str, ...]


class Checklists:
    """All lists; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, name: str, sha256: str, records: Iterable[PresenceRecord], *, at: datetime) -> int:
        """Keep a list and use it from now on; returns its number.

        A file that is there already is put back into use instead of being kept twice.

        Raises:
            StoreError: The list is empty, or the database refuses.
        """
        rows = [
            {
                "taxon": r.taxon, "country": r.country, "region": r.region,
                "presence": r.presence.value, "date": r.date,
            }
            for r in records
        ]  # fmt: skip
        if not rows:
            raise StoreError(f"the checklist {name!r} has no usable line")
        with writing(self._engine) as connection:
            c = t.checklist.c
            same = connection.execute(
                sa.select(c.id).where(c.sha256 == sha256, c.name == name)
            ).scalar_one_or_none()
            if same is not None:
                self._put(connection, int(same), in_use=True)
                return int(same)
            number = connection.execute(
                t.checklist.insert().values(name=name, sha256=sha256, added_at=at, in_use=True)
            ).inserted_primary_key[0]  # type: ignore[index]
            connection.execute(t.checklist_entry.insert(), [{**row, "checklist_id": number} for row in rows])
            return int(number)

    def use(self, number: int, *, in_use: bool) -> None:
        """Take a list out of use, or put it back.

        Raises:
            StoreError: There is no list of this number.
        """
        with writing(self._engine) as connection:
            self._put(connection, number, in_use=in_use)

    def _put(self, connection: sa.Connection, number: int, *, in_use: bool) -> None:
        done = connection.execute(
            t.checklist.update().where(t.checklist.c.id == number).values(in_use=in_use)
        )
        if not done.rowcount:
            raise StoreError(f"there is no checklist {number}")

    def all(self) -> list[StoredChecklist]:
        """Return every list, oldest first."""
        e = t.checklist_entry.c
        with self._engine.connect() as connection:
            lists = connection.execute(sa.select(t.checklist).order_by(t.checklist.c.id)).all()
            counts = connection.execute(
                sa.select(e.checklist_id, e.country, sa.func.count())
                .group_by(e.checklist_id, e.country).order_by(e.country)
            ).all()  # fmt: skip
        return [
            StoredChecklist(
                row.id, row.name, row.sha256, row.added_at, row.in_use,
                sum(n for number, _, n in counts if number == row.id),
                tuple(country for number, country, _ in counts if number == row.id),
            )
            for row in lists
        ]  # fmt: skip

    def records(self, country: str) -> list[PresenceRecord]:
        """Return the lines about a country of all lists in use, those of older lists first."""
        e, c = t.checklist_entry.c, t.checklist.c
        query = (
            sa.select(t.checklist_entry, c.name)
            .join(t.checklist).where(e.country == country, c.in_use).order_by(c.id, e.id)
        )  # fmt: skip
        with self._engine.connect() as connection:
            return [
                PresenceRecord(row.taxon, row.country, Presence(row.presence), row.name, row.date, row.region)
                for row in connection.execute(query)
            ]
