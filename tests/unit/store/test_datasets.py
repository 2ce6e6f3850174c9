"""Datasets, frozen; models that came out of them; answers that changed."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from core.decision import Answer, Outcome
from core.store import (
    Certainty,
    DatasetStore,
    Details,
    EventKind,
    Ledger,
    ManifestRow,
    ModelIdentity,
    NewGroup,
    SplitStore,
    TrainedModels,
    open_database,
)
from tests.unit.store.test_ledger import photo, says, takes_back

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LEOPARD, LION = "panthera-pardus", "panthera-leo"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fieldmark.db"


@pytest.fixture
def ledger(path: Path) -> Ledger:
    ledger = Ledger(open_database(f"sqlite:///{path}"))
    for mark in "abcde":
        ledger.add_photo(photo(f"{mark}.jpg", mark), size=10, door="cli", at=NOW)
    return ledger


@pytest.fixture
def store(ledger: Ledger) -> DatasetStore:
    return DatasetStore(ledger._engine)


def say(ledger: Ledger, taxon: str | None, mark: str, by: str = "ada", **more: object):
    event = says(taxon, by, mark, **more)
    ledger.append(event, received_at=NOW)
    return event


def test_labels_come_with_all_that_decides_about_them(ledger: Ledger, store: DatasetStore) -> None:
    say(ledger, LION, "a", details=Details(certainty=Certainty.GUESS))
    say(ledger, LION, "b")
    say(ledger, LEOPARD, "b", "bo")
    say(ledger, None, "c")
    say(ledger, None, "c", kind=EventKind.PERSON)
    say(ledger, LION, "d")
    say(ledger, LEOPARD, "d", subject=uuid4())
    say(ledger, LION, "e")
    again = say(ledger, LION, "e", subject=uuid4())
    ledger.append(takes_back(again.id, mark="e"), received_at=NOW)
    found, last = store.labels()
    assert last == 10
    assert [(one.taxon, one.votes, one.voters) for one in found] == [
        (LION, 1, 1), (LEOPARD, 1, 2), (None, 1, 1), (LION, 1, 1), (LION, 1, 1),
    ]  # fmt: skip
    assert [one.certainty for one in found] == ["guess", None, None, None, None]
    assert [one.person for one in found] == [False, False, True, False, False]
    assert [one.several for one in found] == [False, False, False, True, False]
    assert not any(one.bulk for one in found)


@pytest.mark.only_sqlite
def test_one_act_on_photos_of_several_events_is_bulk(ledger: Ledger, store: DatasetStore, path: Path) -> None:
    grid, burst = uuid4(), uuid4()
    for mark in "ab":
        say(ledger, LION, mark, action=grid)
    for mark in "cd":
        say(ledger, LION, mark, action=burst)
    say(ledger, LION, "e", action=uuid4())
    with sqlite3.connect(path) as raw:
        raw.execute("INSERT INTO event_rule VALUES (1, 60, 1, ?)", (NOW.isoformat(),))
        raw.execute("INSERT INTO event VALUES (10, 1, '', 'x', 'y')")
        for media in (3, 4):
            raw.execute("INSERT INTO event_media VALUES (1, ?, 10, 0)", (media,))
    assert [one.bulk for one in store.labels()[0]] == [True, True, False, False, False]
    say(ledger, LION, "a")  # a look at it on its own
    assert [one.bulk for one in store.labels()[0]][:2] == [False, True]


def rows(ledger: Ledger) -> list[ManifestRow]:
    events = {mark: say(ledger, LION, mark) for mark in "ab"}
    return [
        ManifestRow("a" * 64, str(events["a"].id), LION, "train", 0.7),
        ManifestRow("b" * 64, str(events["b"].id), LION, "test", 0.7, "bulk"),
    ]


def freeze(store: DatasetStore, given: list[ManifestRow], seq: int = 2) -> str:
    return store.freeze(given, last_seq=seq, taxonomy_sha256="t" * 64, at=NOW)


@pytest.mark.only_sqlite
def test_a_dataset_is_kept_once_and_its_hash_is_of_all_that_matters(
    ledger: Ledger, store: DatasetStore, path: Path
) -> None:
    given = rows(ledger)
    digest = freeze(store, given)
    assert freeze(store, given[::-1]) == digest
    assert freeze(store, given, seq=3) != digest
    assert store.rows(digest) == given
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT count(*) FROM dataset_manifest").fetchone() == (2,)
        assert raw.execute("SELECT count(*) FROM manifest_row").fetchone() == (4,)


def test_it_is_known_what_became_of_a_photo(ledger: Ledger, store: DatasetStore) -> None:
    digest = freeze(store, rows(ledger))
    assert [use.models for use in store.provenance("a" * 64)] == [()]
    TrainedModels(ledger._engine).add(
        digest, name="taught-1", weights_sha256="w" * 64, parent_sha256="p" * 64, passes=True,
        report={"sentence": "Better."}, at=NOW,
    )  # fmt: skip
    (use,) = store.provenance("b" * 64)
    assert use.row.left_out == "bulk"
    assert [(model.name, model.passes, model.report["sentence"]) for model in use.models] == [
        ("taught-1", True, "Better.")
    ]
    assert store.provenance("c" * 64) == []
    assert store.photos_beginning("bbbbbb") == ["b" * 64]
    assert store.photos_beginning("bbb") == store.photos_beginning("%%%%%%%") == []


def test_the_position_moves_with_labels_and_splits(ledger: Ledger, store: DatasetStore) -> None:
    assert store.position() == (0, 0)
    say(ledger, LION, "a")
    assert store.position() == (1, 0)
    SplitStore(ledger._engine).record([NewGroup("g", "train")], [("a" * 64, "g")], policy=1, at=NOW)
    assert store.position() == (1, 1)


def test_photos_have_names_and_the_newest_without_a_label_are_known(
    ledger: Ledger, store: DatasetStore
) -> None:
    assert store.names(["a" * 64, "c" * 64, "9" * 64]) == {"a" * 64: "a.jpg", "c" * 64: "c.jpg"}
    ledger.add_photo(photo("again.jpg", "a"), size=10, door="app", at=NOW)
    assert store.names(["a" * 64]) == {"a" * 64: "again.jpg"}, "the name that it came with last"
    assert store.newest_unlabelled(9) == [], "no model has looked at any"
    model = ModelIdentity("f" * 64, "m", "1", "tiny", "e" * 64, 1.0)
    answer = Answer(Outcome.UNSURE, None, 0.4, 0.65, 0.1, (), ())
    for mark in "abcd":
        ledger.add_prediction(mark * 64, model, answer, at=NOW)
    event = say(ledger, LION, "c")
    assert store.newest_unlabelled(2) == ["d" * 64, "b" * 64]
    ledger.append(takes_back(event.id, mark="c"), received_at=NOW)
    assert store.newest_unlabelled(2) == ["d" * 64, "c" * 64]
