"""Training a head alone, on embeddings: seconds on a CPU.

It is the start of fine-tuning too: a random head would send large, useless gradients into the
backbone and spoil its features in the first steps (Kumar et al., 2022: "linear probing then
fine-tuning").
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.model.tree_head import TreeHead
from core.training.losses import expert_loss


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """How a head is trained.

    Attributes:
        rate: Peak learning rate of AdamW, falling as a cosine.
        decay: Weight decay of the vectors.
        smoothing, lineage_weight, focal: See `core.training.losses.expert_loss`.
    """

    epochs: int = 25
    batch_size: int = 256
    rate: float = 3e-3
    decay: float = 1e-2
    smoothing: float = 0.0
    lineage_weight: float = 0.2
    focal: float = 0.0
    seed: int = 0


def train_head(
    head: TreeHead,
    embeddings: NDArray[np.floating],
    spans: torch.Tensor,
    positions: torch.Tensor,
    offsets: torch.Tensor,
    config: HeadConfig = HeadConfig(),
    *,
    weights: torch.Tensor | None = None,
    on_epoch: Callable[[int, float], bool] = lambda epoch, loss: True,
) -> None:
    """Train a head in place, as `core.training.loop` would with the backbone frozen.

    Args:
        head: Its `standardise` is called first.
        spans: Shape `(n, 7, 2)`; positions: `(k,)`; offsets: `(e, k)`, see `core.training.losses`.
        weights: Shape `(n,)`: how much each photo counts; all alike by default.
        on_epoch: Gets the epoch and its mean loss; returning False stops.
    """
    inputs = torch.from_numpy(np.asarray(embeddings, np.float32))
    head.standardise(inputs)
    slow = [p for p in head.parameters() if p.ndim > 2]
    free = [p for p in head.parameters() if p.ndim <= 2]
    optimizer = torch.optim.AdamW(
        [{"params": slow, "weight_decay": config.decay}, {"params": free, "weight_decay": 0.0}], config.rate
    )
    steps = config.epochs * -(-len(inputs) // config.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, steps))
    generator = torch.Generator().manual_seed(config.seed)
    head.train()
    for epoch in range(config.epochs):
        losses = []
        for rows in torch.split(torch.randperm(len(inputs), generator=generator), config.batch_size):
            loss = expert_loss(
                head(inputs[rows]), spans[rows], positions, offsets,
                lineage_weight=config.lineage_weight, smoothing=config.smoothing, focal=config.focal,
            )  # fmt: skip
            loss = (loss if weights is None else loss * weights[rows]).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        if not on_epoch(epoch + 1, float(np.mean(losses))):
            break
    head.eval()
