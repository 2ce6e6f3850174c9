"""Teaching a head corrections while it rehearses what it knows.

Half of the loss is about the corrections, half about remembered photos with all classes alike (experience replay:
Chaudhry et al., 2019). The head is held near where it was, by its weights (L2-SP: Li et al., 2018) and by what it said
about the remembered photos (learning without forgetting: Li and Hoiem, 2017). On embeddings this is a small smooth
problem: it is solved by L-BFGS on all photos at once, which moves the weights by little and needs no learning rate.
Steps of AdamW on drawn batches forgot more (docs/experiments.md, E15).
"""

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
        epochs: Looks at all photos, `iterations` of L-BFGS each.
        replay: Share of the remembered photos in the loss, in [0, 1).
        anchor: Weight of half the squared distance to the old weights.
        distil: Weight of the divergence from the old answers about remembered photos.
        temperature: At which these are compared.
        lineage_weight: See `core.training.losses.expert_loss`; for corrections.
    """

    epochs: int = 6
    iterations: int = 4
    replay: float = 0.5
    anchor: float = 1e-2
    distil: float = 1.0
    temperature: float = 2.0
    lineage_weight: float = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Photos as embeddings `(n, d)`, with their labels as spans `(n, 7, 2)` and weights `(n,)` that add up to 1."""

    embeddings: torch.Tensor
    spans: torch.Tensor
    weights: torch.Tensor


def rehearse(
    head: TreeHead,
    corrections: Examples,
    remembered: Examples,
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
        positions: Shape `(k,)`; offsets: `(e, k)`, see `core.training.losses`.
        task: Names what is learnt, so that no other run's checkpoint is taken up.
        on_epoch: Gets the epoch, from 1, and its loss; may raise to stop.

    Raises:
        TrainingError: The checkpoint is damaged.
    """
    start = [p.detach().clone() for p in head.parameters()]
    with torch.no_grad():
        before = (head(remembered.embeddings) / config.temperature).log_softmax(dim=-1)
    optimizer = torch.optim.LBFGS(
        head.parameters(), max_iter=config.iterations, history_size=10, line_search_fn="strong_wolfe"
    )
    saved = read_checkpoint(folder, config=asdict(config), task=task)
    if saved:
        head.load_state_dict(saved["head"])
        optimizer.load_state_dict(saved["optimizer"])

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        own = expert_loss(
            head(corrections.embeddings), corrections.spans, positions, offsets, lineage_weight=config.lineage_weight
        )  # fmt: skip
        total = (1 - config.replay) * corrections.weights @ own
        if config.replay:
            logits = head(remembered.embeddings)
            known = expert_loss(logits, remembered.spans[:, -1:], positions, offsets, lineage_weight=0.0)
            total = total + config.replay * remembered.weights @ known
            if config.distil:
                gaps = _divergence(before, (logits / config.temperature).log_softmax(dim=-1))
                total = total + config.distil * config.temperature**2 * remembered.weights @ gaps
        if config.anchor:
            gap = [((p - was) ** 2).sum() for p, was in zip(head.parameters(), start, strict=True)]
            total = total + config.anchor / 2 * torch.stack(gap).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    for epoch in range(saved["epoch"] if saved else 0, config.epochs):
        value = optimizer.step(loss).item()  # type: ignore[no-untyped-call]
        save_checkpoint(folder, {
            "config": asdict(config), "task": task, "epoch": epoch + 1,
            "head": head.state_dict(), "optimizer": optimizer.state_dict(),
        })  # fmt: skip
        on_epoch(epoch + 1, value)
    head.eval()


def all_alike(targets: NDArray[np.intp]) -> torch.Tensor:
    """Return weights `(n,)` that add up to 1, all classes alike and the photos of a class alike."""
    _, own, counts = np.unique(targets, return_inverse=True, return_counts=True)
    return torch.from_numpy(1 / counts[own] / max(len(counts), 1)).float()


def _divergence(before: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
    """Return how far log-probabilities `(n, e, k)` moved, `(n,)`: the mean over experts of the KL divergence."""
    return (before.exp() * (before - now)).sum(dim=-1).mean(dim=-1)
