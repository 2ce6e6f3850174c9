"""How much to listen to each expert, guessed from unlabelled photos (SADE: Zhang et al., 2022).

An expert that fits the mixture of species at a place gives the same answer to two views of a photo; weights
under which answers agree most are therefore good weights. Fieldmark's models are calibrated so that a prior can be
estimated instead (`core.decision.prior`), which does better; this is for models of several experts without that.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

LEAST = 0.05  # of any expert: what the photos do not show may still come


def expert_weights(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the weight of each expert, `(e,)`, at least `LEAST` and summing to 1.

    Args:
        one, other: Logits `(n, e, k)` of two views of the same photos, such as a photo and its mirror image.

    Raises:
        ValueError: The shapes differ, or there are no photos.
    """
    if one.shape != other.shape or not len(one):
        raise ValueError("need the logits of two views of the same photos, and at least one")
    views = np.asarray(one, np.float64), np.asarray(other, np.float64)
    experts = one.shape[1]

    def weights(free: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(LEAST + (1 - LEAST * experts) * softmax(np.append(free, 0.0)), np.float64)

    def disagreement(free: NDArray[np.float64]) -> float:
        a, b = (softmax(np.tensordot(view, weights(free), axes=(1, 0)), axis=1) for view in views)
        cosine = (a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
        return float(-cosine.mean())

    start = np.zeros(experts - 1)
    if not len(start):
        return np.ones(1)
    simplex = np.vstack([start, np.eye(len(start))])  # large steps: the agreement is flat near equal weights
    options: Any = {"maxiter": 120, "xatol": 1e-2, "fatol": 1e-6, "initial_simplex": simplex}
    found = minimize(disagreement, start, method="Nelder-Mead", options=options)
    return np.asarray(weights(found.x), np.float64)
