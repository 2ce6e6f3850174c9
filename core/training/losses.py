"""Losses over leaves that take labels at any rank.

A label is a set of leaves: one for a species, all cats for "Felidae". The loss is the negative log of
the probability of the set, so a coarse label never pushes probability among its own species.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from core.taxonomy import Taxonomy


def leaf_positions(classes: Sequence[str], taxonomy: Taxonomy) -> NDArray[np.intp]:
    """Return `(k,)`: the place of each class in the order of leaves; flags come after the last leaf."""
    place = {leaf.id: index for index, leaf in enumerate(taxonomy.leaves)}
    flags = [name for name in classes if name not in place]
    return np.array([place[name] if name in place else len(place) + flags.index(name) for name in classes])


def label_spans(labels: Sequence[str], classes: Sequence[str], taxonomy: Taxonomy) -> NDArray[np.intp]:
    """Return `(n, 7, 2)`: first and one past the last leaf under the label's taxon of every rank.

    Ranks finer than the label repeat the label itself, which is always the last. A flag is its own
    span at every rank.
    """
    positions = leaf_positions(classes, taxonomy)
    known: dict[str, NDArray[np.intp]] = {}
    for label in set(labels):
        if label in taxonomy:
            lineage = taxonomy.lineage(label)
            by_rank = [[t for t in lineage if t.rank <= rank][-1:] or lineage[:1] for rank in range(7)]
            known[label] = np.array([taxonomy.spans[taxonomy.index(one.id)] for (one,) in by_rank])
        else:
            start = positions[list(classes).index(label)]
            known[label] = np.full((7, 2), [start, start + 1])
    return np.stack([known[label] for label in labels])


def within(spans: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Return which classes `(..., k)` lie inside spans `(..., 2)`."""
    return (positions >= spans[..., :1]) & (positions < spans[..., 1:])


def expert_loss(
    logits: torch.Tensor,
    spans: torch.Tensor,
    positions: torch.Tensor,
    offsets: torch.Tensor,
    *,
    lineage_weight: float = 0.2,
    smoothing: float = 0.0,
    focal: float = 0.0,
) -> torch.Tensor:
    """Return the loss of each photo, `(n,)`, its mean over diverse experts (SADE: Zhang et al., 2022).

    Every expert sees the training labels through its own prior: the first as they are, the second
    with log prior added (balanced softmax: Ren et al., 2020), the third with more than that, so that
    it comes to prefer what is rare.

    Args:
        logits: Shape `(n, e, k)`.
        spans: Shape `(n, 7, 2)`, see `label_spans`.
        positions: Shape `(k,)`, see `leaf_positions`.
        offsets: Shape `(e, k)`, added to the logits of each expert while it learns.
        lineage_weight: Weight of the mean loss of the label's ancestors.
        smoothing: Share of the label spread over all classes (Szegedy et al., 2016): evenly as the
            expert will be read, without its offset. Spread evenly over the shifted logits, it
            would teach the balanced expert that every photo may well show the rarest species.
        focal: Easy photos count less, by this power of what is missing to certainty (Lin et al., 2017).
    """
    allowed = within(spans, positions[None, None, :])  # (n, 7, k)
    total = torch.zeros(len(logits), device=logits.device)
    for expert in range(logits.shape[1]):
        scores = (logits[:, expert] + offsets[expert]).log_softmax(dim=-1)
        inside = torch.where(allowed, scores[:, None, :], -torch.inf).logsumexp(dim=-1)  # (n, 7)
        loss = -inside[:, -1]
        if focal:
            loss = (-torch.expm1(inside[:, -1])).clamp(min=0) ** focal * loss
        if smoothing:
            loss = (1 - smoothing) * loss - smoothing * scores @ offsets[expert].softmax(dim=0)
        if lineage_weight:
            loss = loss - lineage_weight * inside[:, :-1].mean(dim=-1)
        total = total + loss
    return total / logits.shape[1]
