"""The same photos, as if they came from places with another mixture of species."""

import numpy as np
from numpy.typing import NDArray

FORWARD, UNIFORM, BACKWARD = "forward", "uniform", "backward"


def shifted_shares(prior: NDArray[np.floating], kind: str, ratio: float) -> NDArray[np.float64]:
    """Return shares of the classes, `(k,)`, that fall exponentially from the first to the last by `ratio`.

    Classes are ordered as in training, commonest first, for `"forward"`, and the other way round for
    `"backward"` (test-agnostic long tails: Zhang et al., 2022).

    Raises:
        ValueError: There is no such kind.
    """
    if kind not in (FORWARD, UNIFORM, BACKWARD):
        raise ValueError(f"{kind!r} is none of forward, uniform, backward")
    k = len(prior)
    falling = ratio ** (-np.arange(k) / max(1, k - 1)) if kind != UNIFORM else np.ones(k)
    order = np.argsort(-np.asarray(prior), kind="stable")
    shares = np.empty(k)
    shares[order] = falling if kind != BACKWARD else falling[::-1]
    return np.asarray(shares / shares.sum(), np.float64)


def draw_shifted(
    targets: NDArray[np.intp], shares: NDArray[np.floating], n: int, *, seed: int
) -> NDArray[np.intp]:
    """Return `n` rows, with repetitions, in which class `i` has the share `shares[i]`.

    Classes without a photo are left out and the others take their part.
    """
    counts = np.bincount(targets, minlength=len(shares))
    weights = np.where(counts[targets] > 0, np.asarray(shares)[targets] / np.maximum(1, counts[targets]), 0.0)
    return np.asarray(np.random.default_rng(seed).choice(len(targets), n, p=weights / weights.sum()), np.intp)


def draw_site(targets: NDArray[np.intp], share: float, n: int, *, seed: int) -> NDArray[np.intp]:
    """Return `n` rows of a made-up site where only a random `share` of the classes lives."""
    rng = np.random.default_rng(seed)
    present = np.unique(targets)
    lives = rng.choice(present, max(1, round(share * len(present))), replace=False)
    rows = np.flatnonzero(np.isin(targets, lives))
    return np.asarray(rng.choice(rows, n), np.intp)
