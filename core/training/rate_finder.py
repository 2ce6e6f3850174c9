"""The learning-rate range test (Smith, 2015): train a little at rising rates and look where it helps most."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

LOWEST, HIGHEST = 1e-7, 10.0
STEPS = 100
MEMORY = 0.98  # of the running mean of the loss
DIVERGED = 4.0  # times the best loss, where the test ends
SKIP_FIRST, SKIP_LAST = 10, 5
CLEAR = 3.0  # times the noise, by which the loss must fall for the lowest point to mean something
BEGUN = 0.1  # of the fall; where the loss was last above that, the fall begins. Before is noise


@dataclass(frozen=True, slots=True)
class RateTest:
    """What was seen.

    Attributes:
        rates, losses: The rate of each step, rising, and the smoothed loss after it.
        steep: Where the loss falls fastest.
        tenth: A tenth of the rate of the lowest loss.
        valley: Half-way down the last fall before the lowest loss; the one to use (after fastai's).
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
    early = y[: max(2, len(y) // 3)]  # at such rates nothing is learnt: this is noise
    stop = int(y.argmin())
    if stop < len(early) or early.mean() - y[stop] < CLEAR * early.std():
        stop = len(early) + int(y[len(early) :].argmin())
    level = float(np.median(y[: stop + 1]))
    above = np.flatnonzero(y[: stop + 1] >= level - BEGUN * (level - y[stop]))
    start = int(above[-1])
    valley = start + (stop - start) // 3 + (stop - start) // 6
    return RateTest(
        rates=tuple(map(float, rates)),
        losses=tuple(map(float, y)),
        steep=float(np.exp(x[int(np.gradient(y, x).argmin())])),
        tenth=float(np.exp(x[int(y.argmin())]) / 10),
        valley=float(np.exp(x[valley])),
    )
