"""Runs in the logs of others: TensorBoard for real, the other two against stand-ins that write down what they are told."""

import contextlib
import struct
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import TrainingError
from core.training.trackers import TRACKERS, to_mlflow, to_tensorboard, to_wandb
from tests.unit.training.test_run_log import EPOCHS, begun

RUN = replace(begun(), epochs=EPOCHS, metrics={"val": {"accuracy": 0.7}}, model_sha256="e" * 64)


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


def test_mlflow_is_told_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    @contextlib.contextmanager
    def start_run(run_name: str) -> Iterator[None]:
        told.append(run_name)
        yield

    fake = SimpleNamespace(
        set_tracking_uri=told.append, set_experiment=told.append, start_run=start_run, log_params=told.append,
        set_tags=told.append, log_metrics=lambda figures, step=None: told.append((step, figures)),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    to_mlflow(RUN, "file:/x")
    assert told[:3] == ["file:/x", "fieldmark", RUN.id]
    assert told[3]["loop.epochs"] == "2"
    assert told[4] == {"data_sha256": "d" * 64, "model_sha256": "e" * 64}
    assert [(step, figures["val_macro_f1"]) for step, figures in told[5:7]] == [(1, 0.5), (2, 0.4)]
    assert told[7] == (None, {"val.accuracy": 0.7})


def test_wandb_is_told_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    session = SimpleNamespace(log=lambda figures, step: told.append((step, figures)), summary={})

    @contextlib.contextmanager
    def init(**given: Any) -> Iterator[SimpleNamespace]:
        told.append(given)
        yield session

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    to_wandb(RUN, "lions")
    assert (told[0]["project"], told[0]["config"]["loop.epochs"]) == ("lions", 2)
    assert [step for step, _ in told[1:]] == [1, 2]
    assert session.summary == {"val.accuracy": 0.7}


@pytest.mark.parametrize(
    ("name", "library"), [("tensorboard", "tensorboardX"), ("mlflow", "mlflow"), ("wandb", "wandb")]
)
def test_a_missing_library_is_named(name: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(TrainingError, match=f"pip install {library}"):
        TRACKERS[name](RUN, "x")
