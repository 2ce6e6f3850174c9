"""Runs, written down while they go on."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.training.run_log import (
    Run,
    RunKind,
    RunLog,
    RunRecorder,
    best_epoch,
    differences,
    flat_metrics,
    flat_settings,
    new_run,
)

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ASKED = {"loop": {"epochs": 2, "head_rate": 1e-4}, "init": "a.safetensors"}
EPOCHS = (
    {"epoch": 1, "train_loss": 2.0, "val_macro_f1": 0.5, "val_accuracy": 0.6, "seconds": 3.0},
    {"epoch": 2, "train_loss": 1.0, "val_macro_f1": 0.4, "val_accuracy": 0.7, "seconds": 3.0},
)


def begun(second: int = 0) -> Run:
    return new_run(RunKind.TRAIN, Path("out"), "d" * 64, ASKED, at=AT.replace(second=second))


def test_a_run_that_goes_on_is_there_after_each_epoch(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    recorder = RunRecorder(log, begun())
    assert log.all() == []
    recorder.epoch(EPOCHS[0])
    (seen,) = log.all()
    assert (seen.epochs, seen.finished_at) == ((EPOCHS[0],), None)
    recorder.epoch(EPOCHS[1])
    recorder.finish("e" * 64, {"val": {"accuracy": 0.7}}, at=AT)
    assert log.all() == [replace(begun(), epochs=EPOCHS, finished_at=AT, model_sha256="e" * 64, metrics={"val": {"accuracy": 0.7}})]  # fmt: skip


def test_a_killed_run_goes_on_in_its_record(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    asked = {"rates": (1, 2), "init": Path("a")}  # not what JSON gives back

    def begin(second: int, data: str = "d") -> RunRecorder:
        return log.begin(RunKind.TUNE, Path("out"), data * 64, asked, at=AT.replace(second=second))

    killed = begin(0)
    for epoch in EPOCHS:
        killed.epoch(epoch)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")  # hinders nobody
    again = begin(1)
    assert again.run.id == killed.run.id
    again.epoch(EPOCHS[1] | {"val_macro_f1": 0.45})  # its checkpoint was older than the record
    assert [one["val_macro_f1"] for one in again.run.epochs] == [0.5, 0.45]
    assert begin(2, data="e").run.id != killed.run.id, "other photos are another run"
    again.finish("", {}, at=AT)
    assert begin(3).run.epochs == (), "a finished run is over"


def test_records_without_a_kind_are_of_train(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    log.write(begun())
    path = tmp_path / begun().id / "run.json"
    record = json.loads(path.read_text())
    del record["kind"]
    path.write_text(json.dumps(record))
    assert log.all() == [begun()]


def test_a_run_is_found_by_the_start_of_its_id(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    for second in (1, 2):
        log.write(begun(second))
    assert log.find("20260501-120002") == begun(2)
    for start in ("20260501", "2027"):
        with pytest.raises(TrainingError, match="must be the start of one run's id"):
            log.find(start)


def test_what_differs(tmp_path: Path) -> None:
    one = replace(begun(), epochs=EPOCHS, metrics={"val": {"accuracy": 0.7, "n": 9}})
    loop = {"epochs": 3, "head_rate": 1e-4}
    other = replace(
        begun(1), settings=ASKED | {"loop": loop, "more": 1}, data_sha256="f" * 64, metrics={"val": {"accuracy": 0.7, "n": 9}}
    )  # fmt: skip
    found = {name: (first, second) for name, first, second in differences(one, other)}
    assert found["data"] == ("d" * 64, "f" * 64)
    assert found["settings.loop.epochs"] == (2, 3)
    assert found["settings.more"] == (None, 1)
    assert found["best.val_macro_f1"] == (0.5, None)
    assert not any(name.startswith("metrics") or name == "settings.init" for name in found)
    assert differences(one, replace(one, id="another", out="elsewhere")) == []


def test_figures_for_other_logs() -> None:
    run = replace(begun(), epochs=EPOCHS, metrics={"val": {"n": 9, "ece": 0.25, "ranks": [1], "fine": True}})
    assert flat_settings(run) == {"loop.epochs": 2, "loop.head_rate": 1e-4, "init": "a.safetensors"}
    assert flat_metrics(run) == {"val.n": 9.0, "val.ece": 0.25}
    assert best_epoch(run) == EPOCHS[0]
    assert best_epoch(begun()) is None
    assert best_epoch(replace(begun(), epochs=({"epoch": 1.0, "train_loss": 2.0},))) is None


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"id": 1}'])
def test_a_damaged_record_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x" / "run.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(TrainingError, match=r"run\.json is no record of a run"):
        RunLog(tmp_path).all()
