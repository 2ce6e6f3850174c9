"""One temperature per rank of the tree: how sure each step downwards may be.

The steps are the conditionals P(child | parent). Tempering them, not the leaves, mends a model that is
sure of the genus for good reasons and of the species for none (temperature: Guo et al., 2017).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from core.decision.calibration import COLDEST, HOTTEST
from core.decision.truth import label_positions
from core.taxonomy import Rank, Taxonomy

LEAST_CONDITIONAL = 1e-12  # one impossible photo must not decide alone


def sharpen(
    probabilities: NDArray[np.floating],
    taxonomy: Taxonomy,
    classes: Sequence[str],
    rank_temperatures: Sequence[float],
) -> NDArray[np.float64]:
    """Apply one temperature per rank: P(child | parent)^(1 / T), normalised again among siblings.

    T is that of the child's rank. A parent stays the sum of its children by construction. Labels of
    `FLAGS` keep their probability, and so does the root.

    Args:
        probabilities: Shape `(n, len(classes))`.
        rank_temperatures: Seven, kingdom first, all above 0; above 1 makes a rank less sure. With
            nothing but ones the input is returned as it is.

    Raises:
        ValueError: There are not seven temperatures, or one is not above 0.
    """
    heat = np.asarray(rank_temperatures, np.float64)
    if heat.shape != (len(Rank),) or not (np.isfinite(heat) & (heat > 0)).all():
        raise ValueError(f"need {len(Rank)} temperatures above 0, not {rank_temperatures}")
    given: NDArray[np.float64] = np.asarray(probabilities, np.float64)
    if (heat == 1).all() or len(taxonomy.order) == 1:
        return given
    columns = taxonomy.leaf_columns(classes)
    old = _totals(given[:, columns], taxonomy)
    children, starts, group = _families(taxonomy)
    parents, ranks = taxonomy.parents[children], taxonomy.ranks[children]
    share = _ratio(old[children], old[parents])
    for rank in np.unique(ranks):
        if heat[rank] != 1:
            share[ranks == rank] **= 1 / heat[rank]
    share = _ratio(share, np.add.reduceat(share, starts, axis=0)[group])
    new = old  # from the root downwards, nothing that was overwritten is needed again
    for rank in np.unique(ranks):
        here = ranks == rank
        new[children[here]] = new[parents[here]] * share[here]
    sharpened = given.copy()
    sharpened[:, columns] = new[taxonomy.ranks == Rank.SPECIES].T
    return sharpened


def fit_rank_temperatures(
    probabilities: NDArray[np.floating],
    targets: Sequence[str],
    taxonomy: Taxonomy,
    classes: Sequence[str],
    weights: NDArray[np.floating] | None = None,
) -> tuple[float, ...]:
    """Return the temperatures for `sharpen` that minimise the negative log-likelihood of each rank.

    A weak prior around 1, worth about one photo, keeps a rank without a mistake from becoming
    infinitely sure. Ranks at which no labelled photo meets a choice stay at 1.

    Args:
        probabilities: Shape `(n, len(classes))`, of photos that the network was not trained on.
        targets: `n` taxon ids of any rank, and labels of `FLAGS`, which say nothing here. A label
            teaches the ranks down to its own.
        weights: Shape `(n,)`, not negative, for example to make all species count alike.

    Raises:
        TaxonomyError: A target is unknown.
    """
    truth = label_positions(targets, taxonomy)
    totals = _totals(np.asarray(probabilities, np.float64)[:, taxonomy.leaf_columns(classes)], taxonomy)
    worth: NDArray[np.float64] = np.asarray(np.ones(len(truth)) if weights is None else weights, np.float64)
    steps = [_steps(rank, totals, truth, worth, taxonomy) for rank in Rank]
    met = _join([step for step in steps if step is not None])
    if met is None:
        return (1.0,) * len(Rank)
    heat = np.ones(len(Rank))
    mixed = (np.minimum.reduceat(met.ranks, met.starts) < np.maximum.reduceat(met.ranks, met.starts)).any()
    for _ in range(5 if mixed else 1):  # only siblings of different ranks tie temperatures together
        for rank in np.unique(met.ranks):
            heat[rank] = _fit(_with_sibling_of(rank, met), rank, heat)
    return tuple(float(value) for value in heat)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Choices among siblings that labelled photos met on the way to their label, laid end to end.

    Attributes:
        scores: Shape `(m,)`: log P(sibling | parent).
        ranks: Shape `(m,)`: the rank of each sibling.
        starts: Shape `(s,)`: where each of the `s` choices starts.
        right: Shape `(s,)`: where the true sibling is.
        weights: Shape `(s,)`.
    """

    scores: NDArray[np.float64]
    ranks: NDArray[np.intp]
    starts: NDArray[np.intp]
    right: NDArray[np.intp]
    weights: NDArray[np.float64]


def _steps(
    rank: Rank,
    totals: NDArray[np.float64],
    truth: NDArray[np.intp],
    weights: NDArray[np.float64],
    taxonomy: Taxonomy,
) -> _Steps | None:
    current = np.asarray(truth).copy()
    while (too_fine := (current >= 0) & (taxonomy.ranks[current] > rank)).any():
        current = np.where(too_fine, taxonomy.parents[current], current)
    parents = taxonomy.parents[current]
    children, heads, _ = _families(taxonomy)
    first = np.zeros(len(taxonomy.order), np.intp)
    first[taxonomy.parents[children[heads]]] = heads
    siblings = np.bincount(taxonomy.parents[1:], minlength=len(taxonomy.order))
    meets = (current >= 0) & (taxonomy.ranks[current] == rank) & (parents >= 0) & (weights > 0)
    rows = np.flatnonzero(meets & (siblings[parents] > 1))
    if not len(rows):
        return None
    counts = siblings[parents[rows]]
    starts = np.cumsum(counts) - counts
    owner = np.repeat(np.arange(len(rows)), counts)
    member = children[first[parents[rows]][owner] + np.arange(counts.sum()) - starts[owner]]
    ratio = _ratio(totals[member, rows[owner]], totals[parents[rows][owner], rows[owner]])
    return _Steps(
        scores=np.log(np.maximum(ratio, LEAST_CONDITIONAL)),
        ranks=taxonomy.ranks[member],
        starts=starts,
        right=np.flatnonzero(member == current[rows][owner]),
        weights=weights[rows],
    )


def _join(steps: Sequence[_Steps]) -> _Steps | None:
    if not steps:
        return None
    before = np.cumsum([0] + [len(step.scores) for step in steps])
    return _Steps(
        scores=np.concatenate([step.scores for step in steps]),
        ranks=np.concatenate([step.ranks for step in steps]),
        starts=np.concatenate([step.starts + n for step, n in zip(steps, before, strict=False)]),
        right=np.concatenate([step.right + n for step, n in zip(steps, before, strict=False)]),
        weights=np.concatenate([step.weights for step in steps]),
    )


def _with_sibling_of(rank: int, steps: _Steps) -> _Steps:
    """Return the choices that the temperature of a rank can change."""
    counts = np.diff(np.append(steps.starts, len(steps.scores)))
    kept = np.logical_or.reduceat(steps.ranks == rank, steps.starts)
    member = np.repeat(kept, counts)
    starts = np.cumsum(counts[kept]) - counts[kept]
    return _Steps(
        scores=steps.scores[member],
        ranks=steps.ranks[member],
        starts=starts,
        right=starts + (steps.right - steps.starts)[kept],
        weights=steps.weights[kept],
    )


def _fit(step: _Steps, rank: int, heat: NDArray[np.float64]) -> float:
    counts = np.diff(np.append(step.starts, len(step.scores)))
    weights = step.weights / step.weights.mean()

    def loss(log_temperature: float) -> float:
        trial = heat.copy()
        trial[rank] = np.exp(log_temperature)
        scaled = step.scores / trial[step.ranks]
        top = np.maximum.reduceat(scaled, step.starts)
        total = np.add.reduceat(np.exp(scaled - np.repeat(top, counts)), step.starts)
        losses = np.log(total) + top - scaled[step.right]
        return float((weights * losses).sum() + log_temperature**2 / 2)

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))


def _families(taxonomy: Taxonomy) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return all taxa but the root with siblings side by side, where families start, each one's family."""
    children = np.argsort(taxonomy.parents[1:], kind="stable") + 1
    is_first = np.diff(taxonomy.parents[children], prepend=-1) != 0
    return children, np.flatnonzero(is_first), np.cumsum(is_first) - 1


def _totals(leaves: NDArray[np.float64], taxonomy: Taxonomy) -> NDArray[np.float64]:
    """Return `(nodes, n)`; unlike differences of running sums, tiny totals are as exact as large ones."""
    padded = np.concatenate([leaves.T, np.zeros((1, len(leaves)))])
    totals = np.zeros((len(taxonomy.order), len(leaves)))
    for rank in np.unique(taxonomy.ranks):  # spans of one rank do not overlap
        here = np.flatnonzero((taxonomy.ranks == rank) & (taxonomy.spans[:, 1] > taxonomy.spans[:, 0]))
        if len(here):
            totals[here] = np.add.reduceat(padded, taxonomy.spans[here].ravel(), axis=0)[::2]
    return totals


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part / whole, and 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
