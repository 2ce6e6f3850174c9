"""Which model answers, as rows."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.store import Promotions, open_database
from core.store.loop_schema import GROWING, metadata

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fieldmark.db"


@pytest.fixture
def promotions(path: Path) -> Promotions:
    return Promotions(open_database(f"sqlite:///{path}"))


def test_the_way_back_is_known(promotions: Promotions) -> None:
    promotions.add("one", "two", by="ada", at=NOW)
    promotions.add("two", "three", by="bo", at=NOW)
    promotions.add("three", "two", by="ada", at=NOW)
    assert [(row.from_name, row.to_name, row.by) for row in promotions.all()] == [
        ("one", "two", "ada"), ("two", "three", "bo"), ("three", "two", "ada"),
    ]  # fmt: skip
    assert promotions.all()[-1].trained_model is None


def test_what_was_chosen_before_is_taken_over_once(promotions: Promotions) -> None:
    names = [("two", NOW), ("three", NOW)]
    assert promotions.take_over(names, "one", by="ada")
    assert not promotions.take_over(names, "one", by="ada")
    assert [(row.from_name, row.to_name) for row in promotions.all()] == [("one", "two"), ("two", "three")]
    assert not promotions.take_over([], "one", by="ada")


@pytest.mark.only_sqlite
@pytest.mark.parametrize("table", [table.name for table in GROWING])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_only_grows_refuses_changes(promotions: Promotions, path: Path, table: str, change: str) -> None:
    """Triggers fire on rows only, so one is put in with everything else switched off."""
    columns = [column.name for column in metadata.tables[table].columns]
    values = ", ".join("'train'" if name == "split" else "1" for name in columns)
    with sqlite3.connect(path) as raw:
        raw.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(change.format(table))
