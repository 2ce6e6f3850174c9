"""One line of the table."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """A claim and what was measured; `ratio` is ours / baseline, both in `unit`."""

    what: str
    baseline: float | None
    ours: float
    unit: str
    bound: str
    holds: bool

    @property
    def ratio(self) -> str:
        return "" if not self.baseline else f"{self.ours / self.baseline:.2f}"

    def row(self) -> str:
        base = "" if self.baseline is None else f"{self.baseline:.3g} {self.unit}"
        verdict = "yes" if self.holds else "**no**"
        return f"| {self.what} | {base} | {self.ours:.3g} {self.unit} | {self.ratio} | {self.bound} | {verdict} |"


def alternate(baseline: Callable[[], object], ours: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return median milliseconds of both, measured in turns after one warm-up each."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for kept, function in zip(times, (baseline, ours), strict=True):
            start = time.perf_counter()
            function()
            if number:
                kept.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[0]), statistics.median(times[1])
