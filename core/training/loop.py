"""Fine-tuning: one straight read."""

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch.utils.data import DataLoader

from core.decision import log_likelihoods
from core.errors import TrainingError
from core.model.network import Network
from core.training.calibrate import fit_likelihoods
from core.training.checkpoint import read_checkpoint, save_checkpoint
from core.training.config import LoopConfig
from core.training.dataset import PhotoDataset
from core.training.learner import Learner
from core.training.manifest import LabelledPhoto
from core.training.schedule import follow, freeze_stem, learn_mode, make_optimizer, rate_factor
from core.training.task import Task
from core.training.workers import Workers


@dataclass(frozen=True, slots=True)
class Step:
    """Progress within an epoch; `remaining_s` is estimated from the steps so far."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    remaining_s: float


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What an epoch achieved, on validation photos with averaged weights."""

    epoch: int
    train_loss: float
    val_macro_f1: float
    val_accuracy: float
    seconds: float


def fine_tune(
    network: Network,
    task: Task,
    config: LoopConfig,
    folder: Path,
    *,
    on_step: Callable[[Step], None] = lambda step: None,
    on_epoch: Callable[[EpochReport], bool] = lambda report: True,
    workers: Workers = Workers(),  # noqa: B008  (frozen)
) -> list[EpochReport]:
    """Train all layers that are not frozen; leave the averaged weights of the epoch to keep in `network`.

    After every epoch a checkpoint is written to `folder`; if one is there, training goes on from it.

    Args:
        network: Pretrained, its head already a good start (see `core.training.head`).
        on_epoch: Returning False stops after this epoch.

    Raises:
        TrainingError: The checkpoint is damaged or of another run, or the loss is not finite.
    """
    freeze_stem(network, config.frozen_depth)
    average = copy.deepcopy(network).eval()
    optimizer = make_optimizer(
        network, backbone_rate=config.backbone_rate, head_rate=config.head_rate,
        layer_decay=config.layer_decay, weight_decay=config.weight_decay,
    )  # fmt: skip
    learner = Learner(network, task, config, workers)
    total = sum(learner.steps(epoch) for epoch in range(config.epochs))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate_factor(step, total, config.warmup)
    )
    parts: dict[str, Any] = {
        "network": network,
        "average": average,
        "optimizer": optimizer,
        "schedule": schedule,
    }
    saved = read_checkpoint(folder, config=asdict(config), task=task.sha256())
    for name, part in parts.items():
        if saved:
            part.load_state_dict(saved[name])
    reports = [EpochReport(**report) for report in saved["reports"]] if saved else []
    best = saved["best"] if saved else copy.deepcopy(average.state_dict())
    started, steps_done = time.monotonic(), 0
    before = sum(learner.steps(epoch) for epoch in range(len(reports)))
    for epoch in range(len(reports), config.epochs):
        if _is_over(reports, config.patience):
            break
        epoch_started, losses = time.monotonic(), []
        steps = learner.steps(epoch)
        learn_mode(network)
        for step, batch in enumerate(learner.batches(epoch)):
            loss = learner.loss(batch, epoch=epoch, step=step)
            if not torch.isfinite(loss):
                raise TrainingError(f"the loss became {loss.item()} in epoch {epoch + 1}; lower the rates")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            workers.average_gradients(network)
            optimizer.step()
            schedule.step()
            follow(average, network, config.average)
            losses.append(loss.item())
            steps_done += 1
            left = total - before - steps_done
            pace = (time.monotonic() - started) / steps_done
            on_step(Step(epoch + 1, config.epochs, step + 1, steps, losses[-1], left * pace))
        workers.align(average)
        found = score_photos(average, task.val, task, workers=config.workers).mean(axis=1)
        guesses = without_prior(found, task).argmax(axis=1)
        targets = task.targets(task.val)
        report = EpochReport(
            epoch=epoch + 1,
            train_loss=float(np.mean(losses)),
            val_macro_f1=float(f1_score(targets, guesses, average="macro", zero_division=0)),
            val_accuracy=float((guesses == targets).mean()),
            seconds=time.monotonic() - epoch_started,
        )
        if config.keep == "last" or report.val_macro_f1 > max(
            (r.val_macro_f1 for r in reports), default=-1.0
        ):
            best = copy.deepcopy(average.state_dict())
        reports.append(report)
        if workers.leads:
            save_checkpoint(folder, {
                "config": asdict(config), "task": task.sha256(), "best": best,
                "reports": [asdict(one) for one in reports],
                **{name: part.state_dict() for name, part in parts.items()},
            })  # fmt: skip
        if not on_epoch(report):
            break
    network.load_state_dict(best)
    return reports


def score_photos(
    network: Network, photos: Sequence[LabelledPhoto], task: Task, *, workers: int = 0
) -> NDArray[np.float32]:
    """Return logits `(n, e, k)` of photos, without augmentation."""
    device = next(network.parameters()).device
    network.eval()
    logits = []
    for images, _ in DataLoader(PhotoDataset(photos, task.spec), 64, num_workers=workers):
        with torch.inference_mode():
            output = network(images.to(device, memory_format=torch.channels_last))
        logits.append(output.float().cpu().numpy())
    return np.concatenate(logits)


def without_prior(logits: NDArray[np.floating], task: Task) -> NDArray[np.float64]:
    """Return the scores of val, `(n, k)`, as the finished model would give them.

    Diverse experts lean to rare or to common species until that is calibrated away; an epoch must not be
    chosen for the way in which it leans.
    """
    labels = [photo.label for photo in task.val]
    return log_likelihoods(logits, fit_likelihoods(logits, labels, task.prior, task.classes))


def _is_over(reports: Sequence[EpochReport], patience: int) -> bool:
    """Return whether the best epoch lies `patience` epochs back."""
    scores = [report.val_macro_f1 for report in reports]
    return bool(scores) and len(scores) - 1 - scores.index(max(scores)) >= patience
