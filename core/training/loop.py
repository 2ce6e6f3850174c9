"""Fine-tuning: one straight read."""

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch.utils.data import DataLoader, Subset

from core.errors import TrainingError
from core.model.network import Network
from core.training.augment import Augmentation
from core.training.checkpoint import read_checkpoint, save_checkpoint
from core.training.dataset import PhotoDataset
from core.training.losses import expert_loss
from core.training.manifest import LabelledPhoto
from core.training.sampling import draw
from core.training.schedule import follow, freeze_stem, learn_mode, make_optimizer, rate_factor
from core.training.task import Task
from core.training.workers import Workers


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How to fine-tune.

    Attributes:
        frozen_depth: Stages of the backbone that stay as they are, counted from the stem. The first
            ones see edges and colours, cost most of the time, and gain nothing from a few thousand photos.
        train_size: Side of training images in pixels, `None` for that of the model. Smaller ones are
            faster, and make up for the zoom of random crops (Touvron et al., 2019).
        backbone_rate: Peak learning rate of the last stage; above 1e-4 pretrained layers forget.
        head_rate: Peak learning rate of the head.
        layer_decay: Factor on the rate for every stage further from the head.
        warmup: Share of all steps over which rates rise from zero; then they fall as a cosine.
        smoothing: Label smoothing (Szegedy et al., 2016).
        lineage_weight: Weight of getting the ancestors right, see `core.training.losses`.
        leaders: How many experts, from the first, move the backbone; the others only learn their own
            vectors. A loss that favours rare species spoils features that all must share.
        average: Decay per step of the running average of the weights that is judged and kept.
        sampler: Which photos an epoch draws, see `core.training.sampling`.
        cap: Most photos of one class in an epoch, for the sampler `"cap"`.
        patience: Epochs without a better macro-F1 on val after which training stops.
        precision: `"bf16"` computes in bfloat16 where it is safe, about twice as fast on CPUs and
            GPUs that support it; `"fp32"` always works.
    """

    epochs: int = 16
    batch_size: int = 64
    frozen_depth: int = 3
    train_size: int | None = None
    backbone_rate: float = 1e-4
    head_rate: float = 5e-4
    layer_decay: float = 1.0
    weight_decay: float = 0.05
    warmup: float = 0.06
    smoothing: float = 0.0
    lineage_weight: float = 0.2
    leaders: int = 1
    average: float = 0.99
    sampler: str = "instance"
    cap: int = 4000
    patience: int = 5
    precision: str = "bf16"
    workers: int = 1
    seed: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)


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
    """Train all layers that are not frozen; leave the best epoch's averaged weights in `network`.

    After every epoch a checkpoint is written to `folder`; if one is there, training goes on from it.

    Args:
        network: Pretrained, its head already a good start (see `core.training.head`).
        on_epoch: Returning False stops after this epoch.

    Raises:
        TrainingError: The checkpoint is damaged or of another run, or the loss is not finite.
    """
    device = next(network.parameters()).device
    freeze_stem(network, config.frozen_depth)
    average = copy.deepcopy(network).eval()
    optimizer = make_optimizer(
        network, backbone_rate=config.backbone_rate, head_rate=config.head_rate,
        layer_decay=config.layer_decay, weight_decay=config.weight_decay,
    )  # fmt: skip
    experts = network.experts
    spans, positions = task.spans(task.train), task.positions().to(device)
    offsets = task.offsets(experts).to(device)
    total = sum(_steps(task, config, epoch, workers) for epoch in range(config.epochs))
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
    before = sum(_steps(task, config, epoch, workers) for epoch in range(len(reports)))
    for epoch in range(len(reports), config.epochs):
        if _is_over(reports, config.patience):
            break
        epoch_started, losses = time.monotonic(), []
        steps = _steps(task, config, epoch, workers)
        learn_mode(network)
        for step, (images, rows) in enumerate(_batches(task, config, epoch, workers)):
            images = images.to(device, memory_format=torch.channels_last, non_blocking=True)
            with torch.autocast(device.type, torch.bfloat16, enabled=config.precision == "bf16"):
                features = network.features(images)
            loss = expert_loss(
                _scores(network, features.float(), config.leaders), spans[rows].to(device), positions, offsets,
                lineage_weight=config.lineage_weight, smoothing=config.smoothing,
            ).mean()  # fmt: skip
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
        guesses = score_photos(average, task.val, task, workers=config.workers).mean(axis=1).argmax(axis=1)
        targets = task.targets(task.val)
        report = EpochReport(
            epoch=epoch + 1,
            train_loss=float(np.mean(losses)),
            val_macro_f1=float(f1_score(targets, guesses, average="macro", zero_division=0)),
            val_accuracy=float((guesses == targets).mean()),
            seconds=time.monotonic() - epoch_started,
        )
        if report.val_macro_f1 > max((r.val_macro_f1 for r in reports), default=-1.0):
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


def _scores(network: Network, features: torch.Tensor, leaders: int) -> torch.Tensor:
    """Return logits `(n, e, k)` of which only the first `leaders` experts reach the backbone."""
    scores = network.scores(features)
    if leaders >= scores.shape[1]:
        return scores
    return torch.cat([scores[:, :leaders], network.scores(features.detach())[:, leaders:]], dim=1)


def _is_over(reports: Sequence[EpochReport], patience: int) -> bool:
    """Return whether the best epoch lies `patience` epochs back."""
    scores = [report.val_macro_f1 for report in reports]
    return bool(scores) and len(scores) - 1 - scores.index(max(scores)) >= patience


def _epoch_rows(task: Task, config: LoopConfig, epoch: int, workers: Workers) -> NDArray[np.intp]:
    labels = [photo.label for photo in task.train]
    rows = draw(config.sampler, labels, epoch=epoch, epochs=config.epochs, seed=config.seed, cap=config.cap)
    order = np.random.default_rng([config.seed, epoch, 1]).permutation(len(rows))
    share = len(rows) - len(rows) % workers.world  # equal shares, or the last step would wait forever
    return rows[order[: share or None]][workers.rank :: workers.world]


def _steps(task: Task, config: LoopConfig, epoch: int, workers: Workers) -> int:
    return math.ceil(len(_epoch_rows(task, config, epoch, workers)) / config.batch_size)


def _batches(
    task: Task, config: LoopConfig, epoch: int, workers: Workers
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    dataset = PhotoDataset(
        task.train, task.spec, how=config.augmentation, size=config.train_size, seed=config.seed, epoch=epoch
    )
    rows = _epoch_rows(task, config, epoch, workers).tolist()
    yield from DataLoader(Subset(dataset, rows), config.batch_size, num_workers=config.workers)
