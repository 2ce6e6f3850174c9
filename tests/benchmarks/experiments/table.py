"""What an experiment prints: rows of figures over seeds, and whether its claim holds."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import t


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that the figures support or not."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """An experiment's result.

    Attributes:
        rows: Cells as text; the first names the method.
        note: How it was done, in a sentence or two.
    """

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    claims: Sequence[Claim]

    def markdown(self) -> str:
        lines = [
            f"## {self.title}",
            "",
            self.note,
            "",
            f"| {' | '.join(self.head)} |",
            "|" + " --- |" * len(self.head),
        ]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        lines += [
            "",
            *(f"- {'holds' if claim.holds else '**does not hold**'}: {claim.text}" for claim in self.claims),
            "",
        ]
        return "\n".join(lines)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and half width of the 95 % interval of the mean over seeds (Student's t)."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, 0.0
    return mean, float(t.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / len(values) ** 0.5


def cell(values: Sequence[float], digits: int = 3) -> str:
    """Return `"0.812 ± 0.010"`; a single value has no interval, and hundreds need no digits."""
    mean, half = interval(values)
    digits = 0 if abs(mean) >= 100 else digits
    if len(values) < 2:
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


def gain(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float]:
    """Return the mean paired difference and its half width over seeds."""
    return interval([a - b for a, b in zip(ours, theirs, strict=True)])


def rows_of(figures: Mapping[str, Mapping[str, Sequence[float]]], columns: Sequence[str]) -> list[list[str]]:
    """Return a row for each method, a cell for each column."""
    return [
        [name, *(cell(found[column]) if column in found else "" for column in columns)]
        for name, found in figures.items()
    ]
