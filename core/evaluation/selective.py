"""What a model gains by saying less: risk against coverage; and telling strangers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Share of wrong answers among the most confident ones, as more and more photos are answered.

    Attributes:
        coverage, risk: Points of the curve, at most 101, from the most confident photo to all.
        area: Mean risk over all coverages (AURC: Geifman and El-Yaniv, 2017); less is better.
        excess: `area` less what the best possible order of the same answers would have.
    """

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    area: float
    excess: float


def risk_coverage(
    *, confidence: NDArray[np.floating], correct: NDArray[np.bool_], worth: NDArray[np.floating] | None = None
) -> RiskCoverage:
    """Return the curve.

    Args:
        confidence: Shape `(n,)`; correct: shape `(n,)`.
        worth: Shape `(n,)`, not negative: the information of each answer, if they stop at different
            ranks; coverage is then the share of information given (Deng et al., 2012).

    Raises:
        ValueError: There are no photos.
    """
    if not len(confidence):
        raise ValueError("no photos to judge")
    right = np.asarray(correct, bool)
    given = np.ones(len(right)) if worth is None else np.asarray(worth, np.float64)
    coverage, risk, area = _curve(np.asarray(confidence, np.float64), right, given)
    _, _, best = _curve(right.astype(np.float64), right, given)
    points = np.unique(np.linspace(0, len(risk) - 1, 101).round().astype(int))
    return RiskCoverage(
        tuple(float(x) for x in coverage[points]), tuple(float(x) for x in risk[points]), area, area - best
    )


def _curve(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], given: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    order = np.argsort(-confidence, kind="stable")
    risk = np.cumsum(~right[order]) / np.arange(1, len(right) + 1)
    steps = given[order] / max(given.sum(), 1e-12)
    return np.cumsum(steps), risk, float((risk * steps).sum())


def coverage_at(confidence: NDArray[np.floating], correct: NDArray[np.bool_], *, precision: float) -> float:
    """Return the largest share of photos, the most confident first, of which at least `precision` are right.

    Equally confident photos are answered all or none; 0 without photos.
    """
    if not len(confidence):
        return 0.0
    order = np.argsort(-np.asarray(confidence), kind="stable")
    sorted_confidence, right = np.asarray(confidence)[order], np.asarray(correct, bool)[order]
    n = np.arange(1, len(right) + 1)
    is_cut = np.append(sorted_confidence[:-1] != sorted_confidence[1:], True)
    enough = np.flatnonzero((np.cumsum(right) >= precision * n) & is_cut)
    return float(n[enough[-1]] / len(right)) if len(enough) else 0.0


@dataclass(frozen=True, slots=True)
class TreeCurve:
    """Risk against information as the target falls from 1 to 0 and answers go down the tree.

    Attributes:
        target, coverage, risk: Points of the curve, at most 101: the target, the mean information of
            the answers, and the share of wrong ones among those that say more than the root.
        area: Area under risk over coverage (hAURC: Goren et al., 2024); less is better.
        flat_area: The same for a model that names the best species or nothing.
    """

    target: tuple[float, ...]
    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    area: float
    flat_area: float


def tree_curve(
    *,
    probability: NDArray[np.floating],
    right: NDArray[np.bool_],
    worth: NDArray[np.floating],
    points: int = 101,
) -> TreeCurve:
    """Return the curve of answers that climb the tree.

    Args:
        probability: Shape `(n, r)`: of the taxa on the path of each photo, the coarsest first, not rising;
            0 where a rank is skipped.
        right: Shape `(n, r)`: whether the label lies under each of them.
        worth: Shape `(n, r)`: the information of each, 0 for the root, 1 for a species.

    Raises:
        ValueError: There are no photos.
    """
    if not len(probability):
        raise ValueError("no photos to judge")
    inside = np.sort(probability[probability > 0])
    steps = np.unique(inside[np.linspace(0, len(inside) - 1, points - 1).round().astype(int)])[::-1]
    whole = _climb(np.append(steps, 0.0), probability, right, worth)
    last = np.zeros_like(right)
    last[:, -1] = True
    flat = _climb(np.append(steps, 0.0), np.where(last, probability, 0.0), right, worth)
    return TreeCurve(
        (*map(float, steps), 0.0), tuple(map(float, whole[0])), tuple(map(float, whole[1])),
        _area(*whole), _area(*flat),
    )  # fmt: skip


def _climb(
    targets: NDArray[np.floating],
    probability: NDArray[np.floating],
    right: NDArray[np.bool_],
    worth: NDArray[np.floating],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, ranks = np.arange(len(probability)), probability.shape[1]
    coverage, risk = [], []
    for target in targets:
        reached = (probability >= target) & (probability > 0)
        deepest = ranks - 1 - np.argmax(reached[:, ::-1], axis=1)
        given = np.where(reached.any(axis=1), worth[rows, deepest], 0.0)
        told = given > 0
        coverage.append(given.mean())
        risk.append(float((~right[rows, deepest][told]).mean()) if told.any() else 0.0)
    return np.array(coverage), np.array(risk)


def _area(coverage: NDArray[np.float64], risk: NDArray[np.float64]) -> float:
    """Return the area from no coverage to all; what is not covered at all is taken at the last risk."""
    x = np.concatenate([[0.0], coverage, [1.0]])
    y = np.concatenate([risk[:1], risk, risk[-1:]])
    return float(np.trapezoid(y, x))


def auroc(*, known: NDArray[np.floating], strange: NDArray[np.floating]) -> float:
    """Return the chance that a stranger scores higher than a known animal; ties count half."""
    scores = np.concatenate([known, strange])
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.bincount(inverse, weights=ranks) / counts
    total = mean_rank[inverse][len(known) :].sum()
    m, n = len(strange), len(known)
    return float((total - m * (m + 1) / 2) / (m * n))


def false_alarms(
    *, known: NDArray[np.floating], strange: NDArray[np.floating], caught: float = 0.95
) -> float:
    """Return the share of known animals called strange where a share `caught` of strangers is found (FPR95)."""
    threshold = float(np.quantile(strange, 1 - caught))
    return float((np.asarray(known) >= threshold).mean())
