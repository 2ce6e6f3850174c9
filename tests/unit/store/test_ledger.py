"""The ledger on real SQLite files."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image

from core.errors import StoreError, UnfitEvent
from core.media import Capture, Photo, Position
from core.store import (
    Box,
    Certainty,
    Details,
    EventKind,
    HigherRankReason,
    LabelEvent,
    Ledger,
    LifeStage,
    Sex,
    open_database,
)
from core.store.schema import LEDGER

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LEOPARD, LION = "panthera-pardus", "panthera-leo"


def photo(name: str = "a.jpg", mark: str = "a", position: Position | None = None) -> Photo:
    capture = Capture(datetime(2025, 3, 4, 5, 6), position)
    return Photo(name, mark * 64, Image.new("RGB", (1, 1)), 40, 30, "JPEG", capture)


def says(taxon: str | None, by: str = "ada", mark: str = "a", **more: object) -> LabelEvent:
    kind = EventKind.NOT_ANIMAL if taxon is None else EventKind.ASSERT
    values: dict[str, object] = {"id": uuid4(), "kind": kind, "taxon": taxon, **more}
    return LabelEvent(sha256=mark * 64, annotator=by, acted_at=NOW, **values)  # type: ignore[arg-type]


def takes_back(event: UUID, by: str = "ada", mark: str = "a") -> LabelEvent:
    return says(None, by, mark, kind=EventKind.UNDO, undoes=event)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fieldmark.db"


@pytest.fixture
def reopen(path: Path) -> Callable[[], Ledger]:
    return lambda: Ledger(open_database(f"sqlite:///{path}"))


@pytest.fixture
def ledger(reopen: Callable[[], Ledger]) -> Ledger:
    opened = reopen()
    for mark in "ab":
        opened.add_photo(photo(f"{mark}.jpg", mark), size=10, door="cli", at=NOW)
    return opened


def test_a_correction_is_kept_with_what_was_on_screen(ledger: Ledger) -> None:
    event = says(LEOPARD, shown_taxon=LION, displayed_at=NOW, session="s", comment="spots")
    assert ledger.append(event, received_at=NOW)
    assert ledger.history("a" * 64) == [event]
    current = ledger.current("a" * 64)
    assert current is not None
    assert (current.taxon, current.annotator, current.votes, current.voters) == (LEOPARD, "ada", 1, 1)


def test_what_is_said_beside_the_taxon_is_kept(ledger: Ledger) -> None:
    details = Details(Certainty.PROBABLE, 3, Sex.FEMALE, LifeStage.ADULT, "grazing|vigilant", "F7")
    event = says(LEOPARD, details=details, action=uuid4(), lane="audit", comment="by the river")
    drawn = says(None, kind=EventKind.BOXES, boxes=(Box(0.1, 0.2, 0.3, 0.4),))
    for one in (event, drawn):
        ledger.append(one, received_at=NOW)
    assert ledger.history("a" * 64) == [event, drawn]


def test_only_labels_of_the_main_animal_decide(ledger: Ledger) -> None:
    label = says(LEOPARD)
    others = [
        says(LION, blind=True),
        says(LION, subject=uuid4()),
        *(
            says(None, kind=kind)
            for kind in (EventKind.SKIP, EventKind.FLAG, EventKind.PERSON, EventKind.NOTE)
        ),
    ]
    for one in (label, *others):
        ledger.append(one, received_at=NOW)
    current = ledger.current("a" * 64)
    assert current is not None
    assert (current.event, current.votes, current.voters) == (label.id, 1, 1)
    assert len(ledger.standing("a" * 64)) == 7


def test_marks_stand_until_they_are_taken_back(ledger: Ledger, path: Path) -> None:
    flag, person = (says(None, kind=kind) for kind in (EventKind.FLAG, EventKind.PERSON))
    for one in (flag, person, takes_back(flag.id)):
        ledger.append(one, received_at=NOW)
    with sqlite3.connect(path) as raw:
        marks = raw.execute("SELECT kind, event_id FROM current_mark").fetchall()
    assert marks == [("person", str(person.id))]


@pytest.mark.parametrize("details", [Details(count=0), Details(sex="cow"), Details(life_stage="old")])  # type: ignore[arg-type]
def test_details_outside_the_vocabularies_are_refused(ledger: Ledger, details: Details) -> None:
    with pytest.raises(UnfitEvent):
        ledger.append(says(LEOPARD, details=details), received_at=NOW)
    assert not ledger.history("a" * 64)


def test_a_resent_act_is_stored_once(ledger: Ledger) -> None:
    event = says(LEOPARD)
    assert [ledger.append(event, received_at=NOW) for _ in range(3)] == [True, False, False]
    assert len(ledger.history("a" * 64)) == 1


def test_two_people_both_stay_in_history(ledger: Ledger) -> None:
    ledger.append(says(LEOPARD, "ada"), received_at=NOW)
    ledger.append(says(LION, "bo"), received_at=NOW)
    assert [(e.annotator, e.taxon) for e in ledger.history("a" * 64)] == [("ada", LEOPARD), ("bo", LION)]
    current = ledger.current("a" * 64)
    assert current is not None
    assert (current.taxon, current.votes, current.voters) == (LION, 1, 2)


def test_undo_and_redo_survive_a_restart(ledger: Ledger, reopen: Callable[[], Ledger]) -> None:
    first, second = says(LEOPARD), says(LION)
    ledger.append(first, received_at=NOW)
    ledger.append(second, received_at=NOW)
    undo = takes_back(second.id)
    reopen().append(undo, received_at=NOW)
    assert reopen().current("a" * 64).taxon == LEOPARD  # type: ignore[union-attr]
    reopen().append(takes_back(undo.id), received_at=NOW)
    assert reopen().current("a" * 64).taxon == LION  # type: ignore[union-attr]
    assert len(reopen().history("a" * 64)) == 4


@pytest.mark.parametrize(
    "event",
    [
        says(LEOPARD, mark="f"),
        says(None, kind=EventKind.ASSERT),
        says(LEOPARD, kind=EventKind.NOT_ANIMAL),
        takes_back(uuid4()),
    ],
    ids=["unknown photo", "correction without a taxon", "a blank with a taxon", "undo of nothing"],
)
def test_acts_that_make_no_sense_are_refused(ledger: Ledger, event: LabelEvent) -> None:
    with pytest.raises(StoreError):
        ledger.append(event, received_at=NOW)
    assert ledger.history("a" * 64) == []


def test_an_undo_stays_with_its_photo(ledger: Ledger) -> None:
    event = says(LEOPARD, mark="b")
    ledger.append(event, received_at=NOW)
    with pytest.raises(StoreError, match="not about this photo"):
        ledger.append(takes_back(event.id, mark="a"), received_at=NOW)


def test_times_need_a_zone(ledger: Ledger) -> None:
    for event, received_at in [
        (says(LEOPARD), datetime(2026, 1, 1)),
        (replace(says(LEOPARD), acted_at=datetime(2026, 1, 1)), NOW),
        (says(LEOPARD, displayed_at=datetime(2026, 1, 1)), NOW),
    ]:
        with pytest.raises(StoreError, match="time zone"):
            ledger.append(event, received_at=received_at)
    assert ledger.history("a" * 64) == []


def test_times_come_back_in_utc(ledger: Ledger) -> None:
    nairobi = datetime(2026, 5, 1, 15, 0, tzinfo=timezone(timedelta(hours=3)))
    ledger.append(replace(says(LEOPARD), acted_at=nairobi), received_at=nairobi)
    (event,) = ledger.history("a" * 64)
    assert event.acted_at == NOW
    assert event.acted_at.tzinfo == UTC


def test_a_locked_database_says_so_and_stores_nothing(ledger: Ledger, path: Path) -> None:
    impatient = Ledger(open_database(f"sqlite:///{path}", busy_timeout_ms=50))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    event = says(LEOPARD)
    with pytest.raises(StoreError, match=r"nothing was stored.*locked"):
        impatient.append(event, received_at=NOW)
    assert impatient.history("a" * 64) == []  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    assert impatient.append(event, received_at=NOW)


@pytest.mark.parametrize("table", [table.name for table in LEDGER])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_ledger_refuses_changes(ledger: Ledger, path: Path, table: str, change: str) -> None:
    fill(ledger)
    with sqlite3.connect(path) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(change.format(table))


def fill(ledger: Ledger) -> None:
    from core.decision import Answer, Outcome
    from core.store import ModelIdentity

    ledger.add_photo(photo("c.jpg", "c", Position(1.5, 36.8)), size=10, door="app", at=NOW, deployment="A")
    answer = Answer(Outcome.UNSURE, None, 0.4, 0.65, 0.1, (), ())
    model = ModelIdentity("f" * 64, "m", "1", "tiny", "e" * 64, 1.0)
    ids = {ledger.add_prediction("c" * 64, model, answer, at=NOW) for _ in range(2)}
    assert len(ids) == 1  # the same prediction again is the same row
    ledger.append(says(LEOPARD, mark="c", shown_prediction=ids.pop()), received_at=NOW)


def dump(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as raw:
        return raw.execute("SELECT * FROM current_label ORDER BY media_id").fetchall()


def test_current_labels_are_rebuilt_to_the_same_rows(ledger: Ledger, path: Path) -> None:
    undone = says(LION, "bo")
    for event in (says(LEOPARD), undone, says(None, mark="b"), takes_back(undone.id, "bo")):
        ledger.append(event, received_at=NOW)
    before = dump(path)
    with sqlite3.connect(path) as raw:
        raw.execute("DELETE FROM current_label")
    assert dump(path) == []
    assert ledger.rebuild_labels() == 2
    assert dump(path) == before


def test_exact_places_live_in_one_table(ledger: Ledger, path: Path) -> None:
    fill(ledger)
    with sqlite3.connect(path) as raw:
        tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        holding = [t for t in tables if "latitude" in str(raw.execute(f"PRAGMA table_info({t})").fetchall())]
    assert holding == ["capture_place"]
    facts = ledger.capture("c" * 64)
    assert (facts.latitude, facts.longitude, facts.captured_at) == (1.5, 36.8, "2025-03-04T05:06:00")


def test_time_and_place_are_edited_by_appending(ledger: Ledger) -> None:
    fill(ledger)
    ledger.add_capture("c" * 64, source="ada", at=NOW, captured_at="2025-03-04T06:06:00", place=(2.0, 3.0))
    facts = ledger.capture("c" * 64)
    assert (facts.captured_at, facts.latitude, facts.source) == ("2025-03-04T06:06:00", 2.0, "ada")
    with pytest.raises(StoreError, match="latitude"):
        ledger.add_capture("c" * 64, source="ada", at=NOW, place=(95.0, 3.0))
    assert ledger.capture("c" * 64).latitude == 2.0


def test_label_rows_are_what_training_reads(ledger: Ledger) -> None:
    fill(ledger)
    ledger.append(says("felidae", reason=HigherRankReason.CANNOT_GO_FINER), received_at=NOW)
    rows = list(ledger.label_rows())
    assert [(r.sha256[0], r.label.taxon, r.original_name) for r in rows] == [
        ("a", "felidae", "a.jpg"),
        ("c", LEOPARD, "c.jpg"),
    ]
    assert rows[0].reason is HigherRankReason.CANNOT_GO_FINER
    assert rows[1].model_sha256 == "f" * 64


def test_sqlite_is_durable_and_checks_keys(ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
    assert pragma == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


WRITER = """
import sys
from datetime import UTC, datetime
from uuid import uuid4
from core.store import EventKind, LabelEvent, Ledger, open_database
ledger = Ledger(open_database(sys.argv[1]))
for number in range(int(sys.argv[3])):
    now = datetime.now(UTC)
    event = LabelEvent(uuid4(), "a" * 64, EventKind.ASSERT, sys.argv[2], now, "panthera-pardus")
    ledger.append(event, received_at=now)
    print("acknowledged", event.id, flush=True)
"""


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, f"sqlite:///{path}", name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_lose_nothing(ledger: Ledger, path: Path) -> None:
    running = [writer(path, name, 40) for name in ("ada", "bo")]
    acknowledged = {line.split()[1] for w in running for line in w.communicate(timeout=60)[0].splitlines()}
    assert len(acknowledged) == 80
    assert {str(event.id) for event in ledger.history("a" * 64)} == acknowledged


def test_a_killed_process_loses_nothing_acknowledged(ledger: Ledger, path: Path) -> None:
    process = writer(path, "ada", 100_000)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().split()[1] for _ in range(25)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [line.split()[1] for line in process.stdout.read().splitlines() if line.count("-") == 4]
    process.wait()
    process.stdout.close()
    kept = [str(event.id) for event in ledger.history("a" * 64)]
    assert kept[: len(acknowledged)] == acknowledged
    assert dump(path)[0][1] == LEOPARD


def test_many_acts_are_kept_together_and_again_change_nothing(ledger: Ledger) -> None:
    acts = [says(LION), says(LEOPARD, mark="b"), says(None, by="bob")]
    assert ledger.append_all(acts, received_at=NOW) == {}
    assert ledger.append_all(acts, received_at=NOW) == {}
    assert [event.id for mark in "ab" for event in ledger.history(mark * 64)] == [
        acts[0].id,
        acts[2].id,
        acts[1].id,
    ]
    assert ledger.append_all([], received_at=NOW) == {}


def test_one_unfit_act_does_not_cost_the_others(ledger: Ledger) -> None:
    good, stranger, other = says(LION), says(LION, mark="f"), says(LEOPARD, mark="b")
    wrong_photo = takes_back(good.id, mark="b")
    refused = ledger.append_all([good, stranger, wrong_photo, other], received_at=NOW)
    assert set(refused) == {stranger.id, wrong_photo.id}
    assert "not in the database" in refused[stranger.id]
    assert ledger.current("a" * 64).taxon == LION
    assert ledger.current("b" * 64).taxon == LEOPARD
