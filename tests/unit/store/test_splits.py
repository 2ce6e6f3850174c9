"""What links photos, read from the database, and the groups that are kept."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.store import Ledger, NewGroup, PhotoFacts, SplitStore, open_database
from tests.unit.store.test_ledger import photo, says

NOW = datetime(2026, 11, 21, tzinfo=UTC)
A, B, C = ("a" * 64, "b" * 64, "c" * 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fieldmark.db"


@pytest.fixture
def store(path: Path) -> SplitStore:
    engine = open_database(f"sqlite:///{path}")
    ledger = Ledger(engine)
    for mark, camera in (("a", "north"), ("b", ""), ("c", "south")):
        ledger.add_photo(photo(f"{mark}.jpg", mark), size=10, door="cli", at=NOW, deployment=camera)
    ledger.append(says("panthera-leo", mark="a"), received_at=NOW)
    ledger.append(says(None, mark="b"), received_at=NOW)
    return SplitStore(engine)


def test_facts_are_of_labelled_photos(store: SplitStore) -> None:
    assert store.facts() == [
        PhotoFacts(A, deployment="north", label="panthera-leo"), PhotoFacts(B, label="blank")
    ]  # fmt: skip


def test_hashes_are_kept_once(store: SplitStore) -> None:
    assert store.without_hash() == [A, B]
    store.keep_hashes([(A, "f" * 16), (B, f"{5:016x}")])
    store.keep_hashes([(B, f"{6:016x}")])
    assert [one.perceptual for one in store.facts()] == ["f" * 16, f"{5:016x}"]
    assert store.without_hash() == []


@pytest.mark.only_sqlite
def test_the_newest_grouping_into_events_counts(store: SplitStore, path: Path) -> None:
    with sqlite3.connect(path) as raw:
        for rule in (1, 2):
            raw.execute("INSERT INTO event_rule VALUES (?, 60, 1, ?)", (rule, NOW.isoformat()))
            raw.execute("INSERT INTO event VALUES (?, ?, '', 'x', 'y')", (10 * rule, rule))
            raw.execute("INSERT INTO event_media VALUES (?, 1, ?, 0)", (rule, 10 * rule))
    assert [one.burst for one in store.facts()] == ["20", ""]


def test_a_group_is_kept_and_only_quarantine_takes_its_place(store: SplitStore) -> None:
    store.record([NewGroup("g1", "train"), NewGroup("g2", "test")], [(A, "g1"), (C, "g2")], policy=1, at=NOW)
    assert [(one.sha256, one.group, one.split) for one in store.facts()] == [
        (A, "g1", "train"), (B, None, None), (C, "g2", "test"),
    ]  # fmt: skip
    store.record([NewGroup("q", "none")], [(A, "q"), (C, "q")], policy=1, at=NOW)
    assert [one.split for one in store.facts()] == ["none", None, "none"]
