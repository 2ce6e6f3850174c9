"""What a model gains by saying less: risk against coverage."""

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
