"""How much a figure would change with other photos from other places."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray


def cluster_interval(
    figure: Callable[[NDArray[np.intp]], float],
    clusters: Sequence[str],
    *,
    draws: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Return a percentile interval by drawing whole clusters with replacement (Field and Welsh, 2007).

    Photos of one burst or site are alike; drawn one by one they would make a figure look surer than it is.

    Args:
        figure: From rows, with repetitions, to the figure.
        clusters: The burst, site or group of each photo; an empty name is a cluster of its own.
    """
    names = np.array([name or f"\0{row}" for row, name in enumerate(clusters)])
    _, owner = np.unique(names, return_inverse=True)
    order = np.argsort(owner, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(owner[order])) + 1)
    rng = np.random.default_rng(seed)
    found = [
        figure(np.concatenate([groups[index] for index in rng.integers(0, len(groups), len(groups))]))
        for _ in range(draws)
    ]
    tail = (1 - level) / 2
    low, high = np.nanquantile(found, [tail, 1 - tail])
    return float(low), float(high)
