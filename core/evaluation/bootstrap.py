"""How much a figure would change with other photos from other places."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


def cluster_intervals(
    figures: Callable[[Rows], Mapping[str, float]],
    clusters: Sequence[str],
    *,
    draws: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Return percentile intervals of figures by name, drawing whole clusters with replacement (Field and Welsh, 2007).

    Photos of one burst or site are alike; drawn one by one they would make a figure look surer than it is.

    Args:
        figures: From rows, with repetitions, to the figures; all are of the same draws.
        clusters: The burst, site or group of each photo; an empty name is a cluster of its own.
    """
    found: dict[str, list[float]] = {}
    for rows in _draw(clusters, draws, seed):
        for name, value in figures(rows).items():
            found.setdefault(name, []).append(value)
    tail = (1 - level) / 2
    ends = {
        name: np.nanquantile(values, [tail, 1 - tail]) if np.isfinite(values).any() else (np.nan, np.nan)
        for name, values in found.items()
    }
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def _draw(clusters: Sequence[str], draws: int, seed: int) -> Iterator[Rows]:
    names = np.array([name or f"\0{row}" for row, name in enumerate(clusters)])
    kinds, owner = np.unique(names, return_inverse=True)
    rng = np.random.default_rng(seed)
    rows = np.arange(len(names))
    for _ in range(draws):
        times = np.bincount(rng.integers(0, len(kinds), len(kinds)), minlength=len(kinds))
        yield np.repeat(rows, times[owner])


def wilson_interval(share: float, n: int, *, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a share of `n` independent trials (Wilson, 1927); honest at n = 1, too."""
    if n < 1:
        return 0.0, 1.0
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
