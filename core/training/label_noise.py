"""Which labels are probably wrong: photos that a model, trained without them, cannot believe.

The normalised margin of confident learning (Northcutt et al., 2021): the out-of-fold probability of the label
against the largest other one. Confident learning also measures every class by its own mean confidence; with few photos a
class that mean is moved by the wrong labels themselves, and the ranking got worse (docs/experiments.md, E14).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

Array = NDArray[np.float64]
FOLDS = 5
FitPredict = Callable[[NDArray[np.intp], NDArray[np.intp]], Array]


def out_of_fold(
    n: int, classes: int, groups: Sequence[str], fit_predict: FitPredict, *, folds: int = FOLDS
) -> Array:
    """Return, for each of `n` photos, probabilities `(n, classes)` of a model that has not seen its group.

    Args:
        groups: Burst or site of each photo; an empty name is a group of its own.
        fit_predict: From the rows to learn from and those to judge, to probabilities of the latter.
    """
    names = np.array([name or f"\0{row}" for row, name in enumerate(groups)])
    found = np.zeros((n, classes))
    for learn, judge in GroupKFold(folds).split(np.zeros(n), groups=names):
        found[judge] = fit_predict(learn, judge)
    return found


def doubts(probabilities: NDArray[np.floating], labels: NDArray[np.intp]) -> Array:
    """Return how doubtful each label is, `(n,)` in [0, 1]: 0.5 where another class is just as probable.

    Args:
        probabilities: Shape `(n, k)`, out of fold.
        labels: Shape `(n,)`, class indices as they were given.
    """
    given = np.asarray(probabilities, np.float64)
    rows = np.arange(len(labels))
    own = given[rows, labels]
    others = given.copy()
    others[rows, labels] = -1.0
    return np.asarray((1 - own + others.max(axis=1)) / 2, np.float64)
