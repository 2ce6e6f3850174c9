"""Teaching a head corrections while it rehearses what it knows.

Half of the loss is about the corrections, half about remembered photos with all classes alike (experience replay:
Chaudhry et al., 2019). The head is held near where it was, by its weights (L2-SP: Li et al., 2018) and by what it said
about the remembered photos (learning without forgetting: Li and Hoiem, 2017). It never saw the new classes: in what it
said they have no share, so a remembered photo that a newcomer claims pulls it back. On embeddings this is a small smooth
problem: it is solved by L-BFGS on all photos at once, until the loss stands still, which moves the weights by little and
needs no learning rate. Steps of AdamW on drawn batches forgot more (docs/experiments.md, E15).
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.model.tree_head import TreeHead
from core.training.checkpoint import read_checkpoint, save_checkpoint
from core.training.losses import expert_loss

UNHEARD_OF = -1e4  # a logit that leaves no share, and stays finite
LEAST_ENERGY = 1e-7  # of a direction, against the strongest, to count as one that the photos have


@dataclass(frozen=True, slots=True)
class RehearsalConfig:
    """How a head learns from corrections.

    Attributes:
        epochs: At most; `iterations` of L-BFGS on all photos each.
        tolerance: An epoch that lowers the loss by a smaller share than this is the last.
        replay: Share of the remembered photos in the loss, in [0, 1).
        anchor: Weight of half the squared distance to the old weights.
        distil: Weight of the divergence from the old answers about remembered photos.
        temperature: At which these are compared.
        lineage_weight: See `core.training.losses.expert_loss`; for corrections.
    """

    epochs: int = 12
    iterations: int = 8
    tolerance: float = 1e-3
    replay: float = 0.5
    anchor: float = 1e-2
    distil: float = 3.0
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
    fresh: Sequence[int] = (),
    on_epoch: Callable[[int, float, TreeHead], None] = lambda epoch, loss, head: None,
) -> None:
    """Train a head in place; a run that was killed goes on from `folder`.

    Args:
        positions: Shape `(k,)`; offsets: `(e, k)`, see `core.training.losses`.
        task: Names what is learnt, so that no other run's checkpoint is taken up.
        fresh: Classes that the head knows by their mean photo only.
        on_epoch: Gets the epoch, from 1, its loss, and the head so far; may raise to stop.

    Raises:
        TrainingError: The checkpoint is damaged.
    """
    pupil = _pupil(head, torch.cat([corrections.embeddings, remembered.embeddings]))
    module, count = pupil.module, len(corrections.embeddings)
    start = [p.detach().clone() for p in module.parameters()]
    old_answers = pupil.answers[count:] / config.temperature
    old_answers[..., list(fresh)] = UNHEARD_OF
    old_answers = old_answers.log_softmax(dim=-1)
    optimizer = torch.optim.LBFGS(
        module.parameters(), max_iter=config.iterations, history_size=10, line_search_fn="strong_wolfe"
    )
    saved = read_checkpoint(folder, config=asdict(config), task=task)
    if saved:
        module.load_state_dict(saved["module"])
        optimizer.load_state_dict(saved["optimizer"])

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = pupil.unchanged + module(pupil.inputs)
        own = expert_loss(
            logits[:count], corrections.spans, positions, offsets, lineage_weight=config.lineage_weight
        )  # fmt: skip
        total = (1 - config.replay) * corrections.weights @ own
        if config.replay:
            known = expert_loss(
                logits[count:], remembered.spans[:, -1:], positions, offsets, lineage_weight=0.0
            )
            gaps = _divergence(old_answers, (logits[count:] / config.temperature).log_softmax(dim=-1))
            total = total + config.replay * remembered.weights @ known
            total = total + config.distil * config.temperature**2 * remembered.weights @ gaps
        far = [((p - was) ** 2).sum() for p, was in zip(module.parameters(), start, strict=True)]
        total = total + config.anchor / 2 * torch.stack(far).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    epoch, last, settled = (saved["epoch"], saved["loss"], saved["settled"]) if saved else (0, np.inf, False)
    while epoch < config.epochs and not settled:
        epoch, value = epoch + 1, optimizer.step(loss).item()  # type: ignore[no-untyped-call]
        settled, last = last - value < config.tolerance * value, value
        save_checkpoint(folder, {
            "config": asdict(config), "task": task, "epoch": epoch, "loss": last, "settled": settled,
            "module": module.state_dict(), "optimizer": optimizer.state_dict(),
        })  # fmt: skip
        on_epoch(epoch, value, pupil.taught())
    head.load_state_dict(pupil.taught().state_dict())
    head.eval()


class _Change(nn.Module):
    """What is added to the vectors and biases of a head of plain products, in fewer directions; nothing at first."""

    def __init__(self, head: TreeHead, directions: int) -> None:
        super().__init__()
        experts, nodes, _ = head.vectors.shape
        self.vectors = nn.Parameter(torch.zeros(experts, nodes, directions))
        self.bias = nn.Parameter(torch.zeros_like(head.bias))
        self._paths, self._scale = head.paths, head.scale.detach()[None, :, None]

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        banks = torch.matmul(self.vectors.transpose(1, 2), self._paths)
        return torch.einsum("nd,edk->nek", inputs, banks) * self._scale + self.bias


@dataclass(frozen=True, slots=True, eq=False)
class _Pupil:
    """What learns: a change in the directions that the photos span, or for a head of cosines a copy of it.

    Attributes:
        inputs: Of `module`, a row for each photo.
        unchanged: What is added to its outputs.
        answers: Shape `(n, e, k)`: the logits of the head.
        basis: Shape `(d, r)`; `None` for a copy.
    """

    head: TreeHead
    module: nn.Module
    inputs: torch.Tensor
    unchanged: torch.Tensor
    answers: torch.Tensor
    basis: torch.Tensor | None

    @torch.no_grad()
    def taught(self) -> TreeHead:
        """Return the head as it has become."""
        taught = copy.deepcopy(self.head)
        if self.basis is None:
            taught.load_state_dict(self.module.state_dict())
        else:
            assert isinstance(self.module, _Change)
            taught.vectors.add_(self.module.vectors @ self.basis.T)
            taught.bias.add_(self.module.bias)
        return taught.eval()


@torch.no_grad()
def _pupil(head: TreeHead, embeddings: torch.Tensor) -> _Pupil:
    """Prepare learning; weights in directions that no photo has could not change, being held where they are."""
    answers = head(embeddings)
    if head.spec.cosine:
        return _Pupil(head, copy.deepcopy(head), embeddings, torch.zeros(()), answers, None)
    features = (embeddings - head.centre) / head.spread
    energy, vectors = torch.linalg.eigh(features.T @ features)
    basis = vectors[:, energy > LEAST_ENERGY * energy.max()]
    return _Pupil(head, _Change(head, basis.shape[1]), features @ basis, answers, answers, basis)


def all_alike(targets: NDArray[np.intp]) -> torch.Tensor:
    """Return weights `(n,)` that add up to 1, all classes alike and the photos of a class alike."""
    _, own, counts = np.unique(targets, return_inverse=True, return_counts=True)
    return torch.from_numpy(1 / counts[own] / max(len(counts), 1)).float()


def _divergence(before: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
    """Return how far log-probabilities `(n, e, k)` moved, `(n,)`: the mean over experts of the KL divergence."""
    return (before.exp() * (before - now)).sum(dim=-1).mean(dim=-1)
