"""What the gate found, in words and as a record that the database keeps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.evaluation.gate import Change, ClassChange, Verdict
from core.evaluation.gate_rules import GateRules

NAMED = 3  # classes in a sentence; the table has all


@dataclass(frozen=True, slots=True)
class NewSpecies:
    """How many of the held-out photos of a species that the old model did not know the new one recognises."""

    label: str
    photos: int
    right: int


@dataclass(frozen=True, slots=True)
class GateReport:
    """Whether a new model may take an old one's place, and on what that rests.

    Attributes:
        judged_on: Number of held-out photos by where they are from, such as `"test"`.
        learnt: Corrections that it learnt from; `right_before` and `right_after` of them each model gets right.
    """

    changes: tuple[Change, ...]
    classes: tuple[ClassChange, ...]
    new_species: tuple[NewSpecies, ...]
    general: tuple[str, ...]
    judged_on: Mapping[str, int]
    learnt: int
    right_before: int
    right_after: int

    @property
    def n(self) -> int:
        """Number of held-out photos."""
        return sum(self.judged_on.values())

    @property
    def objections(self) -> tuple[str, ...]:
        """All objections, in words; classes are named by their label."""
        return self.general + tuple(one.objection for one in self.classes if one.objection)

    @property
    def passes(self) -> bool:
        """Whether nothing speaks against the new model."""
        return not self.objections

    def to_record(self, name_of: Callable[[str], str]) -> dict[str, Any]:
        """Return plain values for JSON, with the sentence that says it all.

        Args:
            name_of: From a label to what people call it.
        """
        record = {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }
        for one in (*record["classes"], *record["new_species"]):
            one["name"] = name_of(one["label"])
        return record | {"passes": self.passes, "sentence": sentence(self, name_of)}


def make_report(
    verdict: Verdict | None,
    new_species: Sequence[NewSpecies],
    judged_on: Mapping[str, int],
    rules: GateRules,
    *,
    learnt: int,
    right_before: int,
    right_after: int,
    alpha: float,
) -> GateReport:
    """Put together what the gate found.

    Args:
        verdict: `None` if there was no held-out photo of a class that both models know.
        alpha: How far the new weights are from the old ones, 0-1.
    """
    general = list(verdict.general) if verdict else ["there is no held-out photo to judge on"]
    if alpha == 0:
        general.append(
            "the old weights are as good as any mixture with new ones: there is nothing to gain yet"
        )
    elif rules.corrections_must_help and right_after <= right_before and right_after < learnt:
        general.append(
            f"of {learnt} corrections {right_after} are right now, before {right_before}: nothing was learnt"
        )
    return GateReport(
        changes=verdict.changes if verdict else (),
        classes=verdict.classes if verdict else (),
        new_species=tuple(new_species),
        general=tuple(general),
        judged_on=dict(judged_on),
        learnt=learnt,
        right_before=right_before,
        right_after=right_after,
    )


def sentence(report: GateReport, name_of: Callable[[str], str]) -> str:
    """Return the report as a sentence for people."""
    better = sorted((one for one in report.classes if one.new > one.old), key=_gain, reverse=True)
    within = sorted((one for one in report.classes if one.new < one.old and not one.objection), key=_gain)
    parts = []
    if better:
        parts.append(
            "better for "
            + _list([f"{name_of(c.label)} ({_gain(c):+.0f} points, {_photos(c)})" for c in better])
        )
    if report.new_species:
        told = [f"{name_of(one.label)} ({one.right} of {one.photos})" for one in report.new_species]
        parts.append("new: " + _list(told))
    if within:
        parts.append("a little worse for " + _list([f"{name_of(c.label)} ({_fell(c)})" for c in within]))
    elif report.classes:
        parts.append("no worse elsewhere" if better else "no better and no worse for any species")
    beyond = [
        f"{name_of(c.label)} recall fell {_fell(c)}: below the limit" for c in report.classes if c.objection
    ]
    text = "; ".join([", ".join(parts), *beyond, *report.general] if parts else [*beyond, *report.general])
    return text[:1].upper() + text[1:] + "."


def _gain(one: ClassChange) -> float:
    return 100 * (one.new - one.old) / one.photos


def _photos(one: ClassChange) -> str:
    return "1 photo" if one.photos == 1 else f"{one.photos} photos"


def _fell(one: ClassChange) -> str:
    return f"from {one.old} to {one.new} of {one.photos}"


def _list(items: list[str]) -> str:
    more = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    return ", ".join(items[:NAMED]) + more
