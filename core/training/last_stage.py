"""Teaching the last stage of a backbone corrections together with the head, while both rehearse what they know.

The layers before it stay as they are, so that their maps of every photo are made once (`core.training.feature_maps`).
The loss is that of `core.training.rehearsal`: half about the corrections, half about photos that the model learnt from,
held near the old weights (L2-SP: Li et al., 2018) and the old answers (learning without forgetting: Li and Hoiem, 2017).
Weights are averaged over steps; norms keep their statistics, which a few hundred photos would only spoil.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import TrainingError
from core.model.network import Network
from core.training.checkpoint import read_checkpoint, save_checkpoint
from core.training.losses import expert_loss
from core.training.rehearsal import UNHEARD_OF
from core.training.schedule import follow, make_optimizer, rate_factor

BATCH = 64


@dataclass(frozen=True, slots=True)
class StageConfig:
    """How the last stage and the head learn from corrections.

    Attributes:
        stages: How many stages of the backbone learn, from its end.
        epochs: Looks at as many photos as are rehearsed.
        backbone_rate, head_rate: Peak learning rates of AdamW.
        replay: Share of the photos of a batch, and of the loss, that are rehearsed, in (0, 1).
        anchor: Weight of half the squared distance to the old weights.
        distil: Weight of the divergence from the old answers about rehearsed photos.
        temperature: At which these are compared.
        average: Decay per step of the running average of the weights that is kept.
        warmup: Share of all steps over which the rates rise; then they fall as a cosine.
        lineage_weight: See `core.training.losses.expert_loss`; for corrections.
    """

    stages: int = 2
    epochs: int = 4
    backbone_rate: float = 3e-4
    head_rate: float = 3e-4
    replay: float = 0.5
    anchor: float = 1e-2
    distil: float = 1.0
    temperature: float = 2.0
    average: float = 0.98
    warmup: float = 0.1
    lineage_weight: float = 0.2
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class StageExamples:
    """Photos as maps `(n, c, h, w)` in half precision, with labels as spans `(n, 7, 2)` and weights `(n,)` that add up to 1."""

    maps: NDArray[np.float16]
    spans: torch.Tensor
    weights: torch.Tensor


def rehearse_stage(
    network: Network,
    corrections: StageExamples,
    remembered: StageExamples,
    positions: torch.Tensor,
    offsets: torch.Tensor,
    config: StageConfig,
    folder: Path,
    *,
    task: str,
    old: Network,
    fresh: Sequence[int] = (),
    on_step: Callable[[int, int, float | None], None] = lambda done, total, loss: None,
) -> None:
    """Train a network of what follows the cut and a head, in place; a run that was killed goes on from `folder`.

    Args:
        positions: Shape `(k,)`; offsets: `(e, k)`, see `core.training.losses`.
        task: Names what is learnt, so that no other run's checkpoint is taken up.
        old: What the weights and the answers are held to.
        fresh: Classes that it knows by their mean photo only; in what it said they have no share.
        on_step: Gets the number of steps done, of all, and the mean loss of an epoch after its last; may raise to stop.

    Raises:
        TrainingError: The checkpoint is damaged, or the loss is not finite.
    """
    network.eval()
    average = copy.deepcopy(network)
    optimizer = make_optimizer(
        network, backbone_rate=config.backbone_rate, head_rate=config.head_rate, layer_decay=1.0, weight_decay=0.0
    )  # fmt: skip
    steps = max(1, round(len(remembered.maps) / (BATCH * config.replay)))
    total = steps * config.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate_factor(step, total, config.warmup)
    )
    parts: dict[str, Any] = {
        "network": network,
        "average": average,
        "optimizer": optimizer,
        "schedule": schedule,
    }
    saved = read_checkpoint(folder, config=asdict(config), task=task)
    for name, part in parts.items():
        if saved:
            part.load_state_dict(saved[name])
    anchors = [p.detach().clone() for p in old.parameters()]
    old_answers = scores_of(old, remembered.maps) / config.temperature
    old_answers[..., list(fresh)] = UNHEARD_OF
    old_answers = old_answers.log_softmax(dim=-1)

    def loss(own: NDArray[np.intp], known: NDArray[np.intp]) -> torch.Tensor:
        maps = np.concatenate([corrections.maps[own], remembered.maps[known]])
        logits = network(_images(maps))
        mine = expert_loss(
            logits[: len(own)], corrections.spans[own], positions, offsets, lineage_weight=config.lineage_weight
        )  # fmt: skip
        theirs = expert_loss(
            logits[len(own) :], remembered.spans[known][:, -1:], positions, offsets, lineage_weight=0.0
        )
        before = old_answers[known]
        now = (logits[len(own) :] / config.temperature).log_softmax(dim=-1)
        moved = (before.exp() * (before - now)).sum(dim=-1).mean()
        far = [((p - was) ** 2).sum() for p, was in zip(network.parameters(), anchors, strict=True)]
        known_and_new = config.replay * theirs.mean() + (1 - config.replay) * mine.mean()
        held = config.distil * config.temperature**2 * moved + config.anchor / 2 * torch.stack(far).sum()
        return torch.add(known_and_new, held)

    for epoch in range(saved["epoch"] if saved else 0, config.epochs):
        losses = []
        for step, (own, known) in enumerate(_draws(corrections, remembered, steps, config, epoch), 1):
            value = loss(own, known)
            if not torch.isfinite(value):
                raise TrainingError(f"the loss became {value.item()}; the last blocks cannot learn from this")
            optimizer.zero_grad(set_to_none=True)
            value.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            follow(average, network, config.average)
            losses.append(value.item())
            if step < steps:
                on_step(epoch * steps + step, total, None)
        save_checkpoint(folder, {
            "config": asdict(config), "task": task, "epoch": epoch + 1,
            **{name: part.state_dict() for name, part in parts.items()},
        })  # fmt: skip
        on_step((epoch + 1) * steps, total, float(np.mean(losses)))
    network.load_state_dict(average.state_dict())


def features_of(network: Network, maps: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return the embeddings `(n, d)` of photos by their maps."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(maps), BATCH):
            found.append(network.features(_images(maps[start : start + BATCH])).numpy())
    return np.concatenate(found) if found else np.empty((0, 0), np.float32)


def scores_of(network: Network, maps: NDArray[np.float16]) -> torch.Tensor:
    """Return the logits `(n, e, k)` of photos by their maps."""
    with torch.inference_mode():
        found = network.scores(torch.from_numpy(features_of(network, maps)))
    return found.clone()  # an ordinary tensor, which may take part in training


def _images(maps: NDArray[np.float16]) -> torch.Tensor:
    return torch.from_numpy(maps).float().contiguous(memory_format=torch.channels_last)


def _draws(
    corrections: StageExamples, remembered: StageExamples, steps: int, config: StageConfig, epoch: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield which photos a batch shows, drawn by their weights; the same in every run."""
    rng = np.random.default_rng([config.seed, epoch])
    known = round(BATCH * config.replay)
    shares = [np.asarray(one.weights, np.float64) for one in (corrections, remembered)]
    for _ in range(steps):
        yield tuple(  # type: ignore[misc]
            rng.choice(len(share), size, p=share / share.sum())
            for share, size in zip(shares, (BATCH - known, known), strict=True)
        )
