"""Fine-tuning: killed and resumed, it ends where it would have ended."""

import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from core.errors import TrainingError
from core.model import Preprocessing
from core.model.backbones import create_backbone
from core.settings import ROOT
from core.training.loop import EpochReport, LoopConfig, Step, _rate, evaluate_logits, fine_tune
from core.training.manifest import LabelledPhoto

HALF = (0.5, 0.5, 0.5)
SPEC = Preprocessing(64, "squash", 1.0, HALF, HALF)
CLASSES = ["red", "blue"]
CONFIG = LoopConfig(
    epochs=2,
    batch_size=4,
    backbone_rate=1e-3,
    head_rate=1e-2,
    average=0.5,
    precision="fp32",
    workers=0,
    seed=7,
)


def photos(folder: Path) -> tuple[list[LabelledPhoto], list[LabelledPhoto]]:
    """Eight photos to train on, four to validate, reddish or bluish."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(12):
        label = CLASSES[number % 2]
        pixels = rng.integers(0, 120, (40, 50, 3), dtype=np.uint8)
        pixels[..., 0 if label == "red" else 2] += 120
        path = folder / f"{number}.png"
        if not path.exists():
            Image.fromarray(pixels).save(path)
        found.append(LabelledPhoto(path, label, "train" if number < 8 else "val"))
    return found[:8], found[8:]


def network() -> nn.Module:
    torch.manual_seed(3)
    return create_backbone("test_efficientnet", 2)


def run(
    folder: Path, config: LoopConfig = CONFIG, stop_after: int = 99
) -> tuple[nn.Module, list[EpochReport]]:
    net = network()
    reports = fine_tune(
        net, CLASSES, SPEC, *photos(folder), config, folder / "run",
        on_epoch=lambda report: report.epoch < stop_after,
    )  # fmt: skip
    return net, reports


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def figures(reports: list[EpochReport]) -> list[tuple[float, ...]]:
    return [(r.epoch, r.train_loss, r.val_macro_f1, r.val_accuracy) for r in reports]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, list[EpochReport], Path]:
    folder = tmp_path_factory.mktemp("whole")
    return *run(folder), folder


KILLED = """
import os, signal, sys
from pathlib import Path
from core.training.loop import fine_tune
from tests.unit.training.test_loop import CLASSES, CONFIG, SPEC, network, photos
folder = Path(sys.argv[1])
def die(step):
    if step.epoch == 2 and step.step == 1:
        os.kill(os.getpid(), signal.SIGKILL)  # in the middle of the second epoch
fine_tune(network(), CLASSES, SPEC, *photos(folder), CONFIG, folder / "run", on_step=die)
"""


def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(
    whole: tuple[nn.Module, list[EpochReport], Path], tmp_path: Path
) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path / "run") == ["checkpoint.pt"]
    resumed, reports = run(tmp_path)
    assert figures(reports) == figures(whole[1])
    assert same(resumed, whole[0])


def test_a_run_learns_and_tells_about_every_epoch(
    whole: tuple[nn.Module, list[EpochReport], Path],
) -> None:
    net, reports, _ = whole
    assert [report.epoch for report in reports] == [1, 2]
    assert reports[-1].train_loss < reports[0].train_loss
    assert not same(net, network())


def vars_of(config: LoopConfig) -> dict[str, object]:
    return {name: getattr(config, name) for name in LoopConfig.__slots__}


@pytest.mark.parametrize("change", [{"epochs": 3}, {"seed": 8}, {"batch_size": 2}, {"smoothing": 0.0}])
def test_a_checkpoint_of_another_configuration_is_refused(
    whole: tuple[nn.Module, list[EpochReport], Path], change: dict[str, float]
) -> None:
    with pytest.raises(TrainingError, match=r"checkpoint\.pt is of another configuration"):
        run(whole[2], LoopConfig(**{**vars_of(CONFIG), **change}))  # type: ignore[arg-type]


def test_a_checkpoint_of_other_photos_is_refused(
    whole: tuple[nn.Module, list[EpochReport], Path],
) -> None:
    train, val = photos(whole[2])
    with pytest.raises(TrainingError, match=r"checkpoint\.pt is of other photos"):
        fine_tune(network(), CLASSES, SPEC, train[1:], val, CONFIG, whole[2] / "run")
    with pytest.raises(TrainingError, match=r"other photos or classes"):
        fine_tune(network(), CLASSES[::-1], SPEC, train, val, CONFIG, whole[2] / "run")


@pytest.mark.parametrize("data", [b"", b"half a checkpoi", b"PK\x03\x04 cut off"])
def test_a_damaged_checkpoint_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.pt").write_bytes(data)
    with pytest.raises(TrainingError, match=r"checkpoint\.pt.*delete it"):
        run(tmp_path)


def test_a_stopped_run_keeps_its_best_epoch_and_can_go_on(
    whole: tuple[nn.Module, list[EpochReport], Path], tmp_path: Path
) -> None:
    _, first = run(tmp_path, stop_after=1)
    assert len(first) == 1
    resumed, _ = run(tmp_path)
    assert same(resumed, whole[0])


def test_the_best_epoch_is_kept_not_the_last(whole: tuple[nn.Module, list[EpochReport], Path]) -> None:
    net, reports, folder = whole
    _, val = photos(folder)
    logits, targets = evaluate_logits(net, CLASSES, SPEC, val)
    accuracy = float((logits.argmax(axis=1) == targets).mean())
    best = max(reports, key=lambda report: report.val_macro_f1)
    assert accuracy == best.val_accuracy


def test_progress_counts_up_to_the_last_step(tmp_path: Path) -> None:
    steps: list[Step] = []
    fine_tune(
        network(), CLASSES, SPEC, *photos(tmp_path),
        LoopConfig(**{**vars_of(CONFIG), "batch_size": 3}), tmp_path / "run", on_step=steps.append,
    )  # fmt: skip
    assert [(s.epoch, s.step) for s in steps] == [(e, s) for e in (1, 2) for s in (1, 2, 3)]
    assert {(s.epochs, s.steps) for s in steps} == {(2, 3)}
    assert all(math.isfinite(s.loss) and s.remaining_s >= 0 for s in steps)
    assert steps[-1].remaining_s == 0


def test_logits_come_in_the_order_of_the_photos(whole: tuple[nn.Module, list[EpochReport], Path]) -> None:
    net, _, folder = whole
    _, val = photos(folder)
    logits, targets = evaluate_logits(net, CLASSES, SPEC, val)
    assert targets.tolist() == [0, 1, 0, 1]
    alone = np.concatenate([evaluate_logits(net, CLASSES, SPEC, [photo])[0] for photo in val])
    np.testing.assert_allclose(logits, alone, atol=1e-4)


def test_rates_rise_then_fall_to_nothing() -> None:
    rates = [_rate(step, 100, 0.1) for step in range(101)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert (rates[10], rates[100]) == pytest.approx((1.0, 0.0))
    assert _rate(0, 1, 0.06) == 1
