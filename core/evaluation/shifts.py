"""The same photos, as if they came from places with another mixture of species."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.decision.prior import LEAST_PHOTOS, estimate_prior
from core.evaluation.report import ShiftedTest

FORWARD, UNIFORM, BACKWARD, SITE = "forward", "uniform", "backward", "site"
DRAWS = 3
MOST_PHOTOS = 1000  # in a draw
CELLS = 150_000  # photos times classes in a draw: an estimate takes time in proportion


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


def shifted_tests(
    *,
    y_true: NDArray[np.intp],
    log_likelihoods: NDArray[np.floating],
    classes: Sequence[str],
    prior: NDArray[np.floating],
    seed: int = 0,
) -> tuple[ShiftedTest, ...]:
    """Redraw photos in other shares and ask how often the best class is right, with and without adapting.

    Args:
        y_true: Shape `(n,)`, class indices.
        log_likelihoods: Shape `(n, k)`, without any prior (`core.decision.log_likelihoods`).
        prior: Shape `(k,)`: shares among the training photos; empty if unknown, and then nothing is
            tested.
    """
    if not len(prior) or not len(y_true):
        return ()
    n = int(np.clip(CELLS // len(classes), LEAST_PHOTOS, MOST_PHOTOS))
    plans = [
        (FORWARD, 50.0),
        (FORWARD, 10.0),
        (UNIFORM, 1.0),
        (BACKWARD, 10.0),
        (BACKWARD, 50.0),
        (SITE, 0.3),
    ]
    return tuple(
        _shifted(y_true, log_likelihoods, classes, np.asarray(prior, np.float64), kind, ratio, n, seed)
        for kind, ratio in plans
    )


def _shifted(
    y_true: NDArray[np.intp],
    scores: NDArray[np.floating],
    classes: Sequence[str],
    prior: NDArray[np.float64],
    kind: str,
    ratio: float,
    n: int,
    seed: int,
) -> ShiftedTest:
    equal, adapted, known = [], [], []
    for draw in range(seed, seed + DRAWS):
        if kind == SITE:
            rows = draw_site(y_true, ratio, n, seed=draw)
        else:
            rows = draw_shifted(y_true, shifted_shares(prior, kind, ratio), n, seed=draw)
        here, truth = np.asarray(scores[rows], np.float64), y_true[rows]
        shares = np.bincount(truth, minlength=len(classes)) / n
        equal.append(float((here.argmax(axis=1) == truth).mean()))
        with np.errstate(divide="ignore"):
            known.append(float(((here + np.log(shares)).argmax(axis=1) == truth).mean()))
        if n >= LEAST_PHOTOS:
            estimate = estimate_prior(here, classes, prior, seed=draw)
            shift = 0.0 if estimate is None else estimate.log_shares  # the app leaves such a batch as it is
            adapted.append(float(((here + shift).argmax(axis=1) == truth).mean()))
    return ShiftedTest(
        kind=kind, ratio=ratio, n=n, draws=DRAWS, equal=float(np.mean(equal)),
        adapted=float(np.mean(adapted)) if adapted else None, known=float(np.mean(known)),
    )  # fmt: skip
