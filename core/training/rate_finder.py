"""The learning-rate range test (Smith, 2015): train a little at rising rates and look where it helps most."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

LOWEST, HIGHEST = 1e-7, 10.0
STEPS = 100
MEMORY = 0.98  # of the running mean of the loss
DIVERGED = 4.0  # times the best loss, where the test ends
SKIP_FIRST, SKIP_LAST = 10, 5
FLAT = 0.05  # of the whole fall; what lies before it is noise, and would pull the valley to low rates


@dataclass(frozen=True, slots=True)
class RateTest:
    """What was seen.

    Attributes:
        rates, losses: The rate of each step, rising, and the smoothed loss after it.
        steep: Where the loss falls fastest.
        tenth: A tenth of the rate of the lowest loss.
        valley: Two thirds along the longest fall; the one to use.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    steep: float
    tenth: float
    valley: float


def find_rate(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: Callable[[], float],
    *,
    steps: int = STEPS,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> RateTest:
    """Raise the rate exponentially until the loss explodes; network and optimizer end as they began.

    Args:
        optimizer: All its groups get the same rate.
        step: Trains on one batch and returns its loss.

    Raises:
        ValueError: The loss is not finite from the start, or exploded before anything could be seen.
    """
    weights = copy.deepcopy(network.state_dict())
    state = copy.deepcopy(optimizer.state_dict())
    rates, losses, running, best = [], [], 0.0, np.inf
    try:
        for number in range(steps):
            rate = lowest * (highest / lowest) ** (number / (steps - 1))
            for group in optimizer.param_groups:
                group["lr"] = rate
            running = MEMORY * running + (1 - MEMORY) * step()
            loss = running / (1 - MEMORY ** (number + 1))
            on_step(number + 1, steps)
            if not np.isfinite(loss) or loss > DIVERGED * best:
                break
            best = min(best, loss)
            rates.append(rate)
            losses.append(loss)
    finally:
        network.load_state_dict(weights)
        optimizer.load_state_dict(state)
    if len(rates) < SKIP_FIRST + SKIP_LAST + 5:
        raise ValueError(f"the loss exploded after {len(rates)} steps; start with a lower rate")
    seen = slice(SKIP_FIRST, -SKIP_LAST)
    return suggest(rates[seen], losses[seen])


def suggest(rates: Sequence[float], losses: Sequence[float]) -> RateTest:
    """Read three suggestions from a curve."""
    x, y = np.log(np.asarray(rates)), np.asarray(losses, np.float64)
    begin = int(np.argmax(y < y[0] - FLAT * (y[0] - y.min())))
    start, stop = (begin + end for end in _longest_fall(y[begin:]))
    valley = start + (stop - start) // 3 + (stop - start) // 6
    return RateTest(
        rates=tuple(map(float, rates)),
        losses=tuple(map(float, y)),
        steep=float(np.exp(x[int(np.gradient(y, x).argmin())])),
        tenth=float(np.exp(x[int(y.argmin())]) / 10),
        valley=float(np.exp(x[valley])),
    )


def _longest_fall(y: NDArray[np.float64]) -> tuple[int, int]:
    """Return first and last point of the longest falling subsequence (the valley: fastai)."""
    length = np.ones(len(y), np.intp)
    first = np.arange(len(y))
    for i in range(1, len(y)):
        before = np.flatnonzero(y[:i] > y[i])
        if len(before):
            best = before[int(length[before].argmax())]
            length[i], first[i] = length[best] + 1, first[best]
    last = int(length.argmax())
    return int(first[last]), last
