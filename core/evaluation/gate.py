"""Whether a new model may take the place of an old one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.decision import expected_calibration_error
from core.evaluation.bootstrap import cluster_intervals
from core.evaluation.outcomes import UNKNOWN, Outcomes
from core.evaluation.ranks import counts

MOST_LOST = 0.005  # of macro-F1
MOST_RECALL_LOST, ENOUGH = 0.05, 20  # of a class with enough photos
MOST_ECE = 0.01
ROUNDING = 1e-9  # one photo of twenty is five points, not more
DRAWS = 300


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of the old and the new model, and the 95 % interval of the difference (paired bootstrap)."""

    name: str
    old: float
    new: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What speaks against the new model; it passes if nothing does."""

    n: int
    changes: tuple[Change, ...]
    objections: tuple[str, ...]

    @property
    def passes(self) -> bool:
        """Whether the new model may answer."""
        return not self.objections


def compare_models(old: Outcomes, new: Outcomes, clusters: Sequence[str]) -> Verdict:
    """Compare two models on the same photos, labelled with classes that both know.

    The new one passes if its macro-F1 is at most `MOST_LOST` lower, if no class with `ENOUGH` photos loses more
    than `MOST_RECALL_LOST` of its recall, and if its calibration error is at most `MOST_ECE` larger.

    Args:
        old, new: In the same order.
        clusters: Burst of each photo; whole ones are drawn.

    Raises:
        ValueError: The photos or their labels differ.
    """
    truth = _labels(old)
    if truth != _labels(new):
        raise ValueError("both models must be judged on the same photos")
    names = sorted({label for label in truth if label} | {*old.classes, *new.classes})
    place = {name: index for index, name in enumerate(names)}
    target = np.array([place[label] if label else UNKNOWN for label in truth])
    rows = np.flatnonzero(target != UNKNOWN)
    guesses = [np.array([place[one.classes[g]] for g in one.guess]) for one in (old, new)]
    right = [guess == target for guess in guesses]

    def figures(drawn: NDArray[np.intp]) -> dict[str, float]:
        found = {}
        for which, guess, hit in zip(("old", "new"), guesses, right, strict=True):
            seen = counts(y_true=target[drawn], y_pred=guess[drawn], size=len(names))
            shown = seen.true > 0
            found[f"{which} macro-F1"] = float(seen.f1[shown].mean())
            found[f"{which} balanced accuracy"] = float(seen.recall[shown].mean())
            found[f"{which} accuracy"] = float(hit[drawn].mean())
        return found | {
            name: found[f"new {name}"] - found[f"old {name}"]
            for name in ("macro-F1", "balanced accuracy", "accuracy")
        }

    now = figures(rows)
    ends = cluster_intervals(
        lambda drawn: figures(rows[drawn]), [clusters[int(row)] for row in rows], draws=DRAWS
    )
    changes = tuple(
        Change(name, now[f"old {name}"], now[f"new {name}"], *ends[name])
        for name in ("macro-F1", "balanced accuracy", "accuracy")
    )
    objections = []
    if now["macro-F1"] < -MOST_LOST:
        objections.append(
            f"macro-F1 falls by {-100 * now['macro-F1']:.1f} points, more than {100 * MOST_LOST:g}"
        )
    for index, name in enumerate(names):
        here = rows[target[rows] == index]
        if (
            len(here) >= ENOUGH
            and (lost := float(right[0][here].mean() - right[1][here].mean())) > MOST_RECALL_LOST + ROUNDING
        ):
            objections.append(f"{name} is recognised {100 * lost:.0f} points less often ({len(here)} photos)")
    errors = [
        expected_calibration_error(one.confidence[rows], hit[rows])
        for one, hit in zip((old, new), right, strict=True)
    ]
    if errors[1] - errors[0] > MOST_ECE:
        objections.append(f"the calibration error rises from {errors[0]:.3f} to {errors[1]:.3f}")
    return Verdict(len(rows), changes, tuple(objections))


def _labels(one: Outcomes) -> list[str | None]:
    return [one.classes[t] if t != UNKNOWN else None for t in one.truth]
