"""How often the right taxon comes first, and how well rare taxa do, at every rank."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.outcomes import UNKNOWN, Outcomes, RankOutcomes


@dataclass(frozen=True, slots=True)
class RankScore:
    """Accuracy of the most probable taxon at a rank; blanks count as their own taxon.

    Attributes:
        macro_f1: Mean F1 over the taxa that were shown or named.
        balanced_accuracy: Mean recall over the taxa that were shown.
        n: Photos whose label is at least as fine as the rank.
    """

    rank: str
    top_1: float
    top_3: float
    top_5: float
    macro_f1: float
    balanced_accuracy: float
    n: int = 0


def score_rank(outcomes: RankOutcomes) -> RankScore:
    """Score one rank; zeros where no label is this fine."""
    known = outcomes.truth != UNKNOWN
    truth, guess, place = outcomes.truth[known], outcomes.guess[known], outcomes.place[known]
    n = int(known.sum())
    if not n:
        return RankScore(outcomes.rank.label, 0.0, 0.0, 0.0, 0.0, 0.0)
    found = counts(y_true=truth, y_pred=guess, size=len(outcomes.taxa))
    shown, named = found.true > 0, (found.true + found.predicted) > 0
    return RankScore(
        rank=outcomes.rank.label,
        top_1=float((place == 0).mean()),
        top_3=float((place < 3).mean()),
        top_5=float((place < 5).mean()),
        macro_f1=float(found.f1[named].mean()),
        balanced_accuracy=float(found.recall[shown].mean()),
        n=n,
    )


def exact_path(outcomes: Outcomes) -> float | None:
    """Return the share of photos for which the best taxon of every rank is right at once.

    Over photos with a label as fine as the species, `None` without any.
    """
    known = outcomes.truth != UNKNOWN
    if not known.any():
        return None
    right = np.all([one.guess == one.truth for one in outcomes.ranks], axis=0)
    return float(right[known].mean())


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Of each class, shape `(size,)`: photos that show it, that were given it, and both."""

    true: NDArray[np.intp]
    predicted: NDArray[np.intp]
    hits: NDArray[np.intp]

    @property
    def precision(self) -> NDArray[np.float64]:
        """Hits over those predicted; 0 where a class was never predicted."""
        return self.hits / np.maximum(1, self.predicted)

    @property
    def recall(self) -> NDArray[np.float64]:
        """Hits over those shown; 0 where a class was never shown."""
        return self.hits / np.maximum(1, self.true)

    @property
    def f1(self) -> NDArray[np.float64]:
        """Harmonic mean of precision and recall; 0 without a hit."""
        return np.asarray(2 * self.hits / np.maximum(1, self.true + self.predicted), np.float64)


def counts(*, y_true: NDArray[np.intp], y_pred: NDArray[np.intp], size: int) -> Counts:
    """Count class numbers below `size`."""
    return Counts(
        np.bincount(y_true, minlength=size),
        np.bincount(y_pred, minlength=size),
        np.bincount(y_true[y_true == y_pred], minlength=size),
    )
