"""Fine-tuning: one straight read."""

import copy
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch import nn
from torch.utils.data import DataLoader

from core.errors import TrainingError
from core.model.backbones import head_of
from core.model.bundle import Preprocessing
from core.training.augment import Augmentation
from core.training.dataset import PhotoDataset
from core.training.manifest import LabelledPhoto


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How to fine-tune.

    Attributes:
        backbone_rate: Peak learning rate of pretrained layers; above 1e-4 they forget.
        head_rate: Peak learning rate of the last layer.
        warmup: Share of all steps over which rates rise from zero; then they fall as a cosine.
        smoothing: Label smoothing (Szegedy et al., 2016).
        average: Decay per step of the running average of the weights that is judged and kept.
        precision: `"bf16"` computes in bfloat16 where it is safe, about twice as fast on CPUs and
            GPUs that support it; `"fp32"` always works.
    """

    epochs: int = 16
    batch_size: int = 64
    backbone_rate: float = 1e-4
    head_rate: float = 5e-4
    weight_decay: float = 0.05
    warmup: float = 0.06
    smoothing: float = 0.1
    average: float = 0.99
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
    network: nn.Module,
    classes: Sequence[str],
    spec: Preprocessing,
    train: Sequence[LabelledPhoto],
    val: Sequence[LabelledPhoto],
    config: LoopConfig,
    folder: Path,
    *,
    on_step: Callable[[Step], None] = lambda step: None,
    on_epoch: Callable[[EpochReport], bool] = lambda report: True,
) -> list[EpochReport]:
    """Train all layers; leave the best epoch's averaged weights in `network`.

    After every epoch a checkpoint is written to `folder`; if one is there, training goes on from it.

    Args:
        network: Pretrained, its head already a good start (see `probe`).
        on_epoch: Returning False stops after this epoch.

    Raises:
        TrainingError: The checkpoint is damaged or of another run, or the loss is not finite.
    """
    device = next(network.parameters()).device
    average = copy.deepcopy(network).eval()
    optimizer = _optimizer(network, config)
    steps = math.ceil(len(train) / config.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: _rate(step, steps * config.epochs, config.warmup)
    )
    task = _task(classes, spec, train)
    state = _resume(folder, config, task, network, average, optimizer, schedule)
    reports: list[EpochReport] = state["reports"]
    best: dict[str, torch.Tensor] = state["best"] or copy.deepcopy(average.state_dict())
    started, steps_done = time.monotonic(), 0
    for epoch in range(len(reports), config.epochs):
        epoch_started, losses = time.monotonic(), []
        network.train()
        for step, (images, targets) in enumerate(_batches(train, classes, spec, config, epoch)):
            images = images.to(device, memory_format=torch.channels_last)
            with torch.autocast(device.type, torch.bfloat16, enabled=config.precision == "bf16"):
                logits = network(images)
            loss = nn.functional.cross_entropy(
                logits.float(), targets.to(device), label_smoothing=config.smoothing
            )
            if not torch.isfinite(loss):
                raise TrainingError(f"the loss became {loss.item()} in epoch {epoch + 1}; lower the rates")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            _follow(average, network, config.average)
            losses.append(loss.item())
            steps_done += 1
            left = steps * config.epochs - (epoch * steps + step + 1)
            pace = (time.monotonic() - started) / steps_done
            on_step(Step(epoch + 1, config.epochs, step + 1, steps, losses[-1], left * pace))
        logits, targets = evaluate_logits(average, classes, spec, val, workers=config.workers)
        guesses = logits.argmax(axis=1)
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
        _save(folder, config, task, network, average, optimizer, schedule, reports, best)
        if not on_epoch(report):
            break
    network.load_state_dict(best)
    return reports


def evaluate_logits(
    network: nn.Module,
    classes: Sequence[str],
    spec: Preprocessing,
    photos: Sequence[LabelledPhoto],
    *,
    workers: int = 0,
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return logits `(n, k)` and class indices `(n,)` of photos, without augmentation."""
    device = next(network.parameters()).device
    logits, targets = [], []
    network.eval()
    for images, target in DataLoader(PhotoDataset(photos, classes, spec), 64, num_workers=workers):
        with torch.inference_mode():
            output = network(images.to(device, memory_format=torch.channels_last))
        logits.append(output.float().cpu().numpy())
        targets.append(target.numpy())
    return np.concatenate(logits), np.concatenate(targets)


def _batches(
    photos: Sequence[LabelledPhoto],
    classes: Sequence[str],
    spec: Preprocessing,
    config: LoopConfig,
    epoch: int,
) -> DataLoader[tuple[torch.Tensor, int]]:
    dataset = PhotoDataset(photos, classes, spec, how=config.augmentation, seed=config.seed, epoch=epoch)
    order = torch.Generator().manual_seed(config.seed * 100_003 + epoch)
    return DataLoader(dataset, config.batch_size, shuffle=True, generator=order, num_workers=config.workers)


def _optimizer(network: nn.Module, config: LoopConfig) -> torch.optim.AdamW:
    head = {id(parameter) for parameter in head_of(network).parameters()}
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in network.parameters():
        rate = config.head_rate if id(parameter) in head else config.backbone_rate
        decay = config.weight_decay if parameter.ndim > 1 else 0.0  # not for biases and norms
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "lr": rate, "weight_decay": decay} for (rate, decay), group in groups.items()]
    )


def _rate(step: int, total: int, warmup: float) -> float:
    rise = max(1, int(total * warmup))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, total - rise)))


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    for kept, current in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(current, 1 - decay)
        else:
            kept.copy_(current)


def _task(classes: Sequence[str], spec: Preprocessing, train: Sequence[LabelledPhoto]) -> str:
    """Return a hash of what is learnt from what, wherever the photos lie."""
    photos = [(photo.path.name, photo.label) for photo in train]
    return hashlib.sha256(json.dumps([list(classes), asdict(spec), photos]).encode()).hexdigest()


def _save(
    folder: Path,
    config: LoopConfig,
    task: str,
    network: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    reports: Sequence[EpochReport],
    best: dict[str, torch.Tensor],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "checkpoint.part"
    torch.save(
        {
            "config": asdict(config),
            "task": task,
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "reports": [asdict(report) for report in reports],
            "best": best,
        },
        part,
    )
    os.replace(part, folder / "checkpoint.pt")


def _resume(
    folder: Path,
    config: LoopConfig,
    task: str,
    network: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> dict[str, Any]:
    path = folder / "checkpoint.pt"
    if not path.is_file():
        return {"reports": [], "best": None}
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        saved_config = saved["config"]
    except (OSError, EOFError, RuntimeError, LookupError, TypeError, UnpicklingError) as error:
        raise TrainingError(f"{path} is damaged; delete it to start anew") from error
    if saved_config != asdict(config):
        raise TrainingError(f"{path} is of another configuration; choose another folder or delete it")
    if saved.get("task", task) != task:  # checkpoints of Fieldmark 1.0 do not say
        raise TrainingError(f"{path} is of other photos or classes; choose another folder or delete it")
    network.load_state_dict(saved["network"])
    average.load_state_dict(saved["average"])
    optimizer.load_state_dict(saved["optimizer"])
    schedule.load_state_dict(saved["schedule"])
    return {"reports": [EpochReport(**report) for report in saved["reports"]], "best": saved["best"]}
