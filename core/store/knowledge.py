"""What other databases said about a taxon, kept so that pages never ask the network."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from core.store import schema as t
from core.store.engine import writing


class Lookup(StrEnum):
    """How a question ended. A question that failed is no answer and is never kept."""

    FOUND = "found"
    DOUBTFUL = "doubtful"  # a near name, or several; a person has to choose
    UNKNOWN = "unknown"  # the database answered that it has no such name


@dataclass(frozen=True, slots=True)
class ExternalRecord:
    """One answer of one source, such as `"gbif"`; `payload` holds its fields as it names them."""

    taxon: str
    source: str
    outcome: Lookup
    payload: dict[str, Any]
    fetched_at: datetime


class Knowledge:
    """The answers of other databases; the newest of each counts, older ones stay."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, record: ExternalRecord) -> None:
        """Keep an answer.

        Raises:
            StoreError: The database refuses.
        """
        with writing(self._engine) as connection:
            connection.execute(
                t.external_record.insert().values(
                    taxon=record.taxon, source=record.source, outcome=record.outcome.value,
                    payload=record.payload, fetched_at=record.fetched_at,
                )
            )  # fmt: skip

    def about(self, taxon: str) -> dict[str, ExternalRecord]:
        """Return the newest answer of every source about a taxon."""
        e = t.external_record
        query = sa.select(e).where(e.c.taxon == taxon).order_by(e.c.id)
        with self._engine.connect() as connection:
            return {row.source: _record(row) for row in connection.execute(query)}

    def asked(self, source: str, *, since: datetime) -> set[str]:
        """Return the taxa about which a source answered since a moment: no need to ask again."""
        e = t.external_record.c
        query = sa.select(e.taxon).where(e.source == source, e.fetched_at >= since)
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())


def _record(row: Any) -> ExternalRecord:
    return ExternalRecord(row.taxon, row.source, Lookup(row.outcome), row.payload, row.fetched_at)
