"""Whether a new model may take the place of an old one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.decision import expected_calibration_error
from core.evaluation.bootstrap import cluster_intervals
from core.evaluation.gate_rules import GateRules, read_rules
from core.evaluation.hierarchical import hierarchical_scores
from core.evaluation.outcomes import UNKNOWN, Outcomes
from core.evaluation.ranks import counts
from core.evaluation.selective import coverage_at
from core.taxonomy import FLAGS

ROUNDING = 1e-9  # one photo of twenty is five points, not more
DRAWS = 300
PRECISION = 0.9  # of the answers, where coverage is compared
FIGURES = ("macro-F1", "balanced accuracy", "accuracy")


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of the old and the new model, and the 95 % interval of the difference (paired bootstrap)."""

    name: str
    old: float
    new: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassChange:
    """How many of the photos of a class each model recognises.

    Attributes:
        high: Upper end of the interval of the difference in recall.
        objection: The rule that this breaks, in words; `""` if none.
    """

    label: str
    photos: int
    old: int
    new: int
    high: float
    objection: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What changed, and what speaks against the new model; it passes if nothing does.

    Attributes:
        general: Objections that are not about one class.
        classes: All classes that were shown, by label.
    """

    n: int
    changes: tuple[Change, ...]
    general: tuple[str, ...]
    classes: tuple[ClassChange, ...] = ()

    @property
    def objections(self) -> tuple[str, ...]:
        """All objections, in words; classes are named by their label."""
        return self.general + tuple(one.objection for one in self.classes if one.objection)

    @property
    def passes(self) -> bool:
        """Whether the new model may answer."""
        return not self.objections


def compare_models(
    old: Outcomes,
    new: Outcomes,
    clusters: Sequence[str],
    *,
    rules: GateRules | None = None,
    threatened: frozenset[str] = frozenset(),
) -> Verdict:
    """Compare two models on the same photos, labelled with classes that both know.

    Args:
        old, new: In the same order.
        clusters: Burst of each photo; whole ones are drawn.
        rules: By default those that Fieldmark comes with.
        threatened: Labels of the species that may not be recognised less often at all, beyond chance.

    Raises:
        ValueError: The photos or their labels differ.
    """
    rules = rules or read_rules()
    truth = _labels(old)
    if truth != _labels(new):
        raise ValueError("both models must be judged on the same photos")
    names = sorted({label for label in truth if label} | {*old.classes, *new.classes})
    place = {name: index for index, name in enumerate(names)}
    target = np.array([place[label] if label else UNKNOWN for label in truth])
    rows = np.flatnonzero(target != UNKNOWN)
    guesses = [np.array([place[one.classes[g]] for g in one.guess]) for one in (old, new)]
    right = [guess == target for guess in guesses]
    shown = sorted(set(target[rows].tolist()))

    def figures(drawn: NDArray[np.intp]) -> dict[str, float]:
        found: dict[str, float] = {}
        recalls = []
        for which, guess, hit in zip(("old", "new"), guesses, right, strict=True):
            seen = counts(y_true=target[drawn], y_pred=guess[drawn], size=len(names))
            present = seen.true > 0
            found[f"{which} macro-F1"] = float(seen.f1[present].mean())
            found[f"{which} balanced accuracy"] = float(seen.recall[present].mean())
            found[f"{which} accuracy"] = float(hit[drawn].mean())
            recalls.append(np.where(present, seen.recall, np.nan))
        found |= {names[index]: float(recalls[1][index] - recalls[0][index]) for index in shown}
        return found | {name: found[f"new {name}"] - found[f"old {name}"] for name in FIGURES}

    now = figures(rows)
    ends = cluster_intervals(
        lambda drawn: figures(rows[drawn]), [clusters[int(row)] for row in rows], draws=DRAWS
    )
    changes = tuple(Change(name, now[f"old {name}"], now[f"new {name}"], *ends[name]) for name in FIGURES)
    classes = []
    for index in shown:
        here = rows[target[rows] == index]
        hits = (int(right[0][here].sum()), int(right[1][here].sum()))
        one = ClassChange(names[index], len(here), *hits, ends[names[index]][1])
        classes.append(replace(one, objection=_about_class(one, rules, threatened)))
    general = _about_all(old.take(rows), new.take(rows), now["macro-F1"], rules)
    return Verdict(len(rows), changes, tuple(general), tuple(classes))


def _about_all(old: Outcomes, new: Outcomes, macro_f1: float, rules: GateRules) -> Iterator[str]:
    if macro_f1 < -rules.macro_f1_lost - ROUNDING:
        yield f"macro-F1 falls by {-100 * macro_f1:.1f} points, more than {100 * rules.macro_f1_lost:g}"
    for before, after in zip(old.ranks, new.ranks, strict=True):
        known = before.truth != UNKNOWN
        lost = (
            float((before.place[known] == 0).mean() - (after.place[known] == 0).mean()) if known.any() else 0
        )
        if lost > rules.rank_accuracy_lost + ROUNDING:
            yield f"the {before.rank.label} is right {100 * lost:.1f} points less often"
    gained = _distance(new) - _distance(old)
    if gained > rules.distance_gained + ROUNDING:
        yield f"mistakes lie {gained:.2f} ranks further away"
    errors = [expected_calibration_error(one.confidence, one.right) for one in (old, new)]
    if errors[1] - errors[0] > rules.calibration_error_gained:
        yield f"the calibration error rises from {errors[0]:.3f} to {errors[1]:.3f}"
    covered = [coverage_at(one.confidence, one.right, precision=PRECISION) for one in (old, new)]
    if covered[0] - covered[1] > rules.coverage_lost + ROUNDING:
        yield (
            f"only {covered[1]:.0%} of the photos can be answered with one mistake in ten, before {covered[0]:.0%}"
        )


def _about_class(one: ClassChange, rules: GateRules, threatened: frozenset[str]) -> str:
    """Return the objection, `""` if there is none."""
    lost = (one.old - one.new) / one.photos
    text = f"{one.label} is recognised {100 * lost:.0f} points less often ({one.photos} photos)"
    if one.label in FLAGS:
        return text if one.photos >= rules.scene_photos and lost > rules.scene_recall_lost + ROUNDING else ""
    if one.photos >= rules.recall_photos and lost > rules.recall_lost + ROUNDING:
        return text
    if one.label in threatened and not rules.threatened_may_fall and lost > 0 and one.high < 0:
        return f"{text}; it is threatened"
    return ""


def _distance(one: Outcomes) -> float:
    animals = [
        (one.classes[t], one.classes[g])
        for t, g in zip(one.truth, one.guess, strict=True)
        if one.classes[t] not in FLAGS and one.classes[g] not in FLAGS
    ]
    if not animals:
        return 0.0
    truth, guess = zip(*animals, strict=True)
    return hierarchical_scores(y_true=truth, y_pred=guess, taxonomy=one.taxonomy).distance


def _labels(one: Outcomes) -> list[str | None]:
    return [one.classes[t] if t != UNKNOWN else None for t in one.truth]
