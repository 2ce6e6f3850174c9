"""Runs in the logs of others, each written by its own library and read again; MLflow and Weights & Biases where they are installed."""

import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import TrainingError
from core.training.trackers import TRACKERS, to_mlflow, to_tensorboard, to_wandb
from tests.unit.training.test_run_log import AT, EPOCHS, begun

RUN = replace(
    begun(), finished_at=AT, epochs=EPOCHS, metrics={"val": {"accuracy": 0.7}}, model_sha256="e" * 64
)  # fmt: skip

of_others = pytest.mark.filterwarnings("ignore")  # what these libraries warn of is theirs to mend


def scalars(file: Path) -> list[tuple[str, int, float]]:
    """Read tag, step and value of an event file: records of length, checksum, event, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    data, at, found = file.read_bytes(), 0, []
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        event = Event.FromString(data[at + 12 : at + 12 + length])
        found += [
            (v.tag, event.step, v.simple_value) for v in event.summary.value if v.HasField("simple_value")
        ]
        at += 16 + length
    return found


def test_tensorboard_reads_every_epoch(tmp_path: Path) -> None:
    to_tensorboard(RUN, str(tmp_path))
    (file,) = (tmp_path / RUN.id).glob("events.out.tfevents.*")
    found = scalars(file)
    assert [(step, value) for tag, step, value in found if tag == "train_loss"] == [(1, 2.0), (2, 1.0)]
    assert [(step, value) for tag, step, value in found if tag == "result/val.accuracy"] == [
        (2, pytest.approx(0.7))
    ]


@of_others
def test_mlflow_has_everything_that_was_noted(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    from mlflow import MlflowClient

    odd = replace(RUN, metrics={"gate": {"people, vehicles (%)": {"after": 0.5}}, **(RUN.metrics or {})})
    to_mlflow(odd, str(tmp_path / "logs"))
    to_mlflow(replace(odd, id="another", finished_at=None), str(tmp_path / "logs"))
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'logs' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("fieldmark")
    found = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert {name: run.info.status for name, run in found.items()} == {
        RUN.id: "FINISHED",
        "another": "RUNNING",
    }
    run = found[RUN.id]
    assert run.data.params == {"loop.epochs": "2", "loop.head_rate": "0.0001", "init": "a.safetensors"}
    assert (run.data.tags["data_sha256"], run.data.tags["model_sha256"]) == ("d" * 64, "e" * 64)
    assert run.data.metrics["val.accuracy"] == 0.7
    assert run.data.metrics["gate.people_ vehicles ___.after"] == 0.5, "it takes few signs in names"
    curve = client.get_metric_history(run.info.run_id, "val_macro_f1")
    assert [(one.step, one.value) for one in curve] == [(1, 0.5), (2, 0.4)]
    assert run.info.start_time == round(RUN.started_at.timestamp() * 1000)


@of_others
def test_a_place_that_mlflow_refuses_is_named(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    with pytest.raises(TrainingError, match="MLflow at nowhere://x refuses"):
        to_mlflow(RUN, "nowhere://x")


def records(file: Path) -> list[Any]:
    """Read an offline run of Weights & Biases: a head of 7 bytes, then checksum, length, kind and a record each."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, at, found = file.read_bytes(), 7, []
    assert len(data) < 32_768, "beyond that, records are cut in blocks"
    while at + 7 <= len(data):
        _, length, _ = struct.unpack_from("<IHB", data, at)
        found.append(Record.FromString(data[at + 7 : at + 7 + length]))
        at += 7 + length
    return found


@of_others
def test_wandb_has_everything_that_was_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.chdir(tmp_path)
    to_wandb(RUN, "lions")
    wandb.teardown()  # its service writes the rest of the file
    (file,) = tmp_path.rglob("*.wandb")
    found = records(file)
    (begun_,) = (one.run for one in found if one.HasField("run"))
    assert (begun_.project, begun_.run_id) == ("lions", RUN.id)
    config = {item.key: item.value_json for item in begun_.config.update}
    assert (config["loop.epochs"], config["data_sha256"]) == ("2", f'"{"d" * 64}"')
    curve = []
    for one in found:
        if one.HasField("history"):
            values = {item.key or item.nested_key[0]: item.value_json for item in one.history.item}
            curve.append((one.history.step.num, values["val_macro_f1"]))
    assert curve == [(1, "0.5"), (2, "0.4")]
    said = [item for one in found if one.HasField("summary") for item in one.summary.update]
    assert "0.7" in [item.value_json for item in said if "val.accuracy" in (item.key, *item.nested_key)]


def test_wandb_without_an_account_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wandb = pytest.importorskip("wandb")

    def init(**given: object) -> None:
        raise wandb.errors.UsageError("No API key configured")  # what it says where nobody is logged in

    monkeypatch.setattr(wandb, "init", init)
    with pytest.raises(TrainingError, match="Weights & Biases refuses: No API key"):
        to_wandb(RUN, "lions")


@pytest.mark.parametrize(
    ("name", "library"), [("tensorboard", "tensorboardX"), ("mlflow", "mlflow"), ("wandb", "wandb")]
)
def test_a_missing_library_is_named(name: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(TrainingError, match=f"pip install {library}"):
        TRACKERS[name](RUN, "x")
