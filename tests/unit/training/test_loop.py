"""Fine-tuning: killed and resumed, it ends where it would have ended."""

import math
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import TrainingError
from core.model.network import Network, create_network
from core.model.tree_head import HeadSpec
from core.settings import ROOT
from core.training.augment import Augmentation
from core.training.config import LoopConfig
from core.training.loop import EpochReport, Step, fine_tune, score_photos, without_prior
from core.training.task import Task
from tests.unit.training.conftest import ARCHITECTURE

CONFIG = LoopConfig(
    epochs=2, batch_size=4, frozen_depth=1, backbone_rate=1e-4, head_rate=3e-3, average=0.5,
    precision="fp32", workers=0, seed=7,
)  # fmt: skip


def fresh(task: Task) -> Network:
    torch.manual_seed(3)
    return create_network(ARCHITECTURE, {}, HeadSpec().to_record(), task.classes, task.taxonomy)


def run(
    task: Task, folder: Path, config: LoopConfig = CONFIG, stop_after: int = 99
) -> tuple[Network, list[EpochReport]]:
    net = fresh(task)
    reports = fine_tune(net, task, config, folder, on_epoch=lambda report: report.epoch < stop_after)
    return net, reports


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def figures(reports: list[EpochReport]) -> list[tuple[float, ...]]:
    return [(r.epoch, r.train_loss, r.val_macro_f1, r.val_accuracy) for r in reports]


@pytest.fixture(scope="module")
def whole(task: Task, tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, list[EpochReport], Path]:
    folder = tmp_path_factory.mktemp("whole")
    return *run(task, folder), folder


KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from core.training.augment import Augmentation
from core.training.loop import fine_tune
from tests.unit.training.test_loop import CONFIG, fresh
folder = Path(sys.argv[1])
task = pickle.loads((folder / "task").read_bytes())
def die(step):
    if step.epoch == 2 and step.step == 1:
        os.kill(os.getpid(), signal.SIGKILL)  # in the middle of the second epoch
fine_tune(fresh(task), task, CONFIG, folder / "run", on_step=die)
"""


def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(
    whole: tuple[Network, list[EpochReport], Path], task: Task, tmp_path: Path
) -> None:
    import pickle

    (tmp_path / "task").write_bytes(pickle.dumps(task))
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path / "run") == ["checkpoint.pt"]
    resumed, reports = run(task, tmp_path / "run")
    assert figures(reports) == figures(whole[1])
    assert same(resumed, whole[0])


def test_a_run_learns_and_tells_about_every_epoch(
    whole: tuple[Network, list[EpochReport], Path], task: Task
) -> None:
    net, reports, _ = whole
    assert [report.epoch for report in reports] == [1, 2]
    assert all(report.seconds > 0 for report in reports)
    assert not same(net, fresh(task))


def test_what_is_learnt_lowers_the_loss(task: Task, tmp_path: Path) -> None:
    still = Augmentation(whole=1, jitter=0, grey=0, infrared=0, dark=0, far=0, soft=0, rough=0)
    config = replace(
        CONFIG, epochs=8, batch_size=16, head_rate=3e-3, backbone_rate=1e-3, augmentation=still, patience=99
    )
    _, reports = run(task, tmp_path, config)
    assert reports[-1].train_loss < 0.7 * reports[0].train_loss


def test_frozen_layers_and_their_statistics_stay(
    whole: tuple[Network, list[EpochReport], Path], task: Task
) -> None:
    before, after = fresh(task).backbone.state_dict(), whole[0].backbone.state_dict()
    stem = [name for name in before if name.startswith(("conv_stem", "bn1"))]
    assert stem
    assert all(torch.equal(before[name], after[name]) for name in stem)
    assert any(not torch.equal(before[name], after[name]) for name in before if name not in stem)


def test_followers_do_not_move_the_backbone(task: Task, tmp_path: Path) -> None:
    """With no leader at all, only the head learns."""
    net = fresh(task)
    fine_tune(net, task, replace(CONFIG, leaders=0, weight_decay=0.0, epochs=1), tmp_path)
    before = fresh(task).backbone
    for (name, old), (_, new) in zip(before.named_parameters(), net.backbone.named_parameters(), strict=True):
        assert torch.equal(old, new), name
    assert not torch.equal(fresh(task).head.vectors, net.head.vectors)


@pytest.mark.parametrize("change", [{"epochs": 3}, {"seed": 8}, {"batch_size": 2}, {"smoothing": 0.1}])
def test_a_checkpoint_of_another_configuration_is_refused(
    whole: tuple[Network, list[EpochReport], Path], task: Task, change: dict[str, float]
) -> None:
    with pytest.raises(TrainingError, match=r"checkpoint\.pt is of another configuration"):
        run(task, whole[2], replace(CONFIG, **change))  # type: ignore[arg-type]


def test_a_checkpoint_of_other_photos_is_refused(
    whole: tuple[Network, list[EpochReport], Path], task: Task
) -> None:
    with pytest.raises(TrainingError, match=r"checkpoint\.pt is of other photos"):
        run(replace(task, train=task.train[1:]), whole[2])


def test_a_stopped_run_can_go_on(
    whole: tuple[Network, list[EpochReport], Path], task: Task, tmp_path: Path
) -> None:
    _, first = run(task, tmp_path, stop_after=1)
    assert len(first) == 1
    resumed, _ = run(task, tmp_path)
    assert same(resumed, whole[0])


def test_the_best_epoch_is_kept_not_the_last(
    whole: tuple[Network, list[EpochReport], Path], task: Task
) -> None:
    net, reports, _ = whole
    guesses = score_photos(net, task.val, task).mean(axis=1).argmax(axis=1)
    best = max(reports, key=lambda report: report.val_macro_f1)
    assert float((guesses == task.targets(task.val)).mean()) == best.val_accuracy


def test_training_stops_when_nothing_gets_better(task: Task, tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=9, patience=2, backbone_rate=0.0, head_rate=0.0, weight_decay=0.0)
    _, reports = run(task, tmp_path, config)
    assert len(reports) <= 5
    assert len(run(task, tmp_path, config)[1]) == len(reports)  # and stays stopped


def test_progress_counts_up_to_the_last_step(task: Task, tmp_path: Path) -> None:
    steps: list[Step] = []
    fine_tune(fresh(task), task, replace(CONFIG, batch_size=6), tmp_path, on_step=steps.append)
    assert [(s.epoch, s.step) for s in steps] == [(e, s) for e in (1, 2) for s in (1, 2, 3)]
    assert {(s.epochs, s.steps) for s in steps} == {(2, 3)}
    assert all(math.isfinite(s.loss) and s.remaining_s >= 0 for s in steps)
    assert steps[-1].remaining_s == 0


def test_scores_come_in_the_order_of_the_photos(
    whole: tuple[Network, list[EpochReport], Path], task: Task
) -> None:
    net = whole[0]
    together = score_photos(net, task.val, task)
    assert together.shape == (len(task.val), 3, len(task.classes))
    alone = np.concatenate([score_photos(net, [photo], task) for photo in task.val])
    np.testing.assert_allclose(together, alone, atol=1e-3)


def test_a_loss_that_explodes_ends_the_run(task: Task, tmp_path: Path) -> None:
    net = fresh(task)
    with torch.no_grad():
        net.head.bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="lower the rates"):
        fine_tune(net, task, CONFIG, tmp_path)


def test_a_transformer_trains_too(task: Task, tmp_path: Path) -> None:
    torch.manual_seed(0)
    spec = replace(task.spec, size=160)
    small = replace(task, spec=spec, train=task.train[:4], val=task.val[:2])
    net = create_network("test_vit", {}, HeadSpec().to_record(), small.classes, small.taxonomy)
    reports = fine_tune(net, small, replace(CONFIG, epochs=1), tmp_path)
    assert math.isfinite(reports[0].train_loss)


def test_mixed_photos_and_few_empties_train_and_resume(task: Task, tmp_path: Path) -> None:
    config = replace(CONFIG, mixup=0.4, empties=0.5)
    net, reports = run(task, tmp_path / "whole", config)
    assert len(reports) == 2
    run(task, tmp_path / "two", config, stop_after=1)
    resumed, again = run(task, tmp_path / "two", config)
    assert figures(again) == figures(reports)
    assert same(resumed, net)


def test_an_epoch_is_judged_without_the_way_in_which_experts_lean(task: Task) -> None:
    targets = task.targets(task.val)
    fair = np.eye(len(task.classes))[targets] * 4.0
    prior = np.array([0.7, 0.1, 0.1, 0.1])
    skewed = replace(task, prior=prior)
    leaning = fair + 5 * np.log(prior)  # everything looks like the first class
    assert (leaning.argmax(axis=1) != targets).any()
    assert (without_prior(leaning, skewed).argmax(axis=1) == targets).all()


def test_the_last_epoch_is_kept_where_asked(task: Task, tmp_path: Path) -> None:
    net, _ = run(task, tmp_path, replace(CONFIG, keep="last"))
    saved = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert all(torch.equal(value, saved["average"][name]) for name, value in net.state_dict().items())
