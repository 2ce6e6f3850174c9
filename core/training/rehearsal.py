"""Training a head on corrections while it rehearses what it knows.

Half of every batch are corrections, half remembered photos, all classes alike (experience replay: Chaudhry et al.,
2019). The head is held near where it was, by its weights (L2-SP: Li et al., 2018) and by what it says about the
remembered photos (learning without forgetting: Li and Hoiem, 2017).
"""

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.model.tree_head import TreeHead
from core.training.checkpoint import read_checkpoint, save_checkpoint
from core.training.losses import expert_loss


@dataclass(frozen=True, slots=True)
class RehearsalConfig:
    """How a head learns from corrections.

    Attributes:
        epochs: Passes over the corrections; at least `least_steps` batches each.
        replay: Share of remembered photos in a batch, in [0, 1).
        rate: Peak learning rate of AdamW, falling as a cosine.
        anchor: Weight of half the squared distance to the old weights.
        distil: Weight of the divergence from the old answers about remembered photos.
        temperature: At which these are compared.
        lineage_weight: See `core.training.losses.expert_loss`.
    """

    epochs: int = 30
    least_steps: int = 8
    batch_size: int = 64
    replay: float = 0.5
    rate: float = 1e-3
    anchor: float = 1e-3
    distil: float = 1.0
    temperature: float = 2.0
    lineage_weight: float = 0.2
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Photos as embeddings `(n, d)`, with their labels as spans `(n, 7, 2)` and weights `(n,)`."""

    embeddings: torch.Tensor
    spans: torch.Tensor
    weights: torch.Tensor


def rehearse(
    head: TreeHead,
    corrections: Examples,
    remembered: Examples,
    targets: NDArray[np.intp],
    positions: torch.Tensor,
    offsets: torch.Tensor,
    config: RehearsalConfig,
    folder: Path,
    *,
    task: str,
    on_epoch: Callable[[int, float], None] = lambda epoch, loss: None,
) -> None:
    """Train a head in place; a run that was killed goes on from `folder`.

    Args:
        targets: Shape `(m,)`, the class of each remembered photo.
        positions: Shape `(k,)`; offsets: `(e, k)`, see `core.training.losses`.
        task: Names what is learnt, so that no other run's checkpoint is taken up.
        on_epoch: Gets the epoch, from 1, and its mean loss; may raise to stop.

    Raises:
        TrainingError: The checkpoint is damaged.
    """
    old = copy.deepcopy(head).eval()
    start = [p.detach().clone() for p in head.parameters()]
    ahead = max(1, round(config.batch_size * (1 - config.replay)))
    steps = max(config.least_steps, -(-len(corrections.embeddings) // ahead))
    optimizer = torch.optim.AdamW(head.parameters(), config.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps * config.epochs)
    parts = {"head": head, "optimizer": optimizer, "schedule": schedule}
    saved = read_checkpoint(folder, config=asdict(config), task=task)
    for name, part in parts.items():
        if saved:
            part.load_state_dict(saved[name])  # type: ignore[attr-defined]
    head.train()
    for epoch in range(saved["epoch"] if saved else 0, config.epochs):
        rng = np.random.default_rng([config.seed, epoch, 7])
        losses = []
        for own, others in _batches(rng, len(corrections.embeddings), targets, steps, ahead, config):
            inputs = torch.cat([corrections.embeddings[own], remembered.embeddings[others]])
            spans = torch.cat([corrections.spans[own], remembered.spans[others]])
            weights = torch.cat([corrections.weights[own], remembered.weights[others]])
            logits = head(inputs)
            loss = (
                weights * expert_loss(logits, spans, positions, offsets, lineage_weight=config.lineage_weight)
            ).sum() / weights.sum()
            if config.distil and len(others):
                loss = loss + config.distil * _divergence(
                    logits[len(own) :], old, inputs[len(own) :], config.temperature
                )
            if config.anchor:
                gap = sum(
                    ((p - before) ** 2).sum() for p, before in zip(head.parameters(), start, strict=True)
                )
                loss = loss + config.anchor / 2 * gap
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        save_checkpoint(folder, {
            "config": asdict(config), "task": task, "epoch": epoch + 1,
            **{name: part.state_dict() for name, part in parts.items()},  # type: ignore[attr-defined]
        })  # fmt: skip
        head.eval()
        on_epoch(epoch + 1, float(np.mean(losses)))
        head.train()
    head.eval()


def _batches(
    rng: np.random.Generator,
    n: int,
    targets: NDArray[np.intp],
    steps: int,
    ahead: int,
    config: RehearsalConfig,
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return rows of corrections, each as often as the others, and of remembered photos, each class alike often."""
    rounds = -(-steps * ahead // n)
    own = np.concatenate([rng.permutation(n) for _ in range(rounds)])[: steps * ahead].reshape(steps, ahead)
    count = config.batch_size - ahead
    by_class = [np.flatnonzero(targets == target) for target in np.unique(targets)]
    others = np.zeros((steps, count), np.intp)
    if count and by_class:
        drawn = rng.integers(len(by_class), size=(steps, count))
        share = rng.random((steps, count))
        for place, which in np.ndenumerate(drawn):
            rows = by_class[which]
            others[place] = rows[int(share[place] * len(rows))]
    return [(own[step], others[step]) for step in range(steps)]


def _divergence(
    logits: torch.Tensor, old: TreeHead, inputs: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Return the mean divergence of new from old answers, over photos and experts, scaled by the temperature squared."""
    with torch.no_grad():
        before = (old(inputs) / temperature).log_softmax(dim=-1)
    now = (logits / temperature).log_softmax(dim=-1)
    gaps = (before.exp() * (before - now)).sum(dim=-1)
    return gaps.mean() * temperature**2
