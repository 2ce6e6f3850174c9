"""Whether a model that learnt from corrections may take the place of the one that it came from."""

from collections.abc import Callable

import numpy as np

from core.evaluation.gate import Verdict, compare_models
from core.evaluation.outcomes import Outcomes, compare
from core.model import Bundle
from core.taxonomy import Taxonomy
from core.training.finetune import FinetuneResult


def judge_finetuned(result: FinetuneResult, base: Bundle) -> Verdict | None:
    """Compare both on what the old model kept of its validation photos, and on corrections that were held out.

    Photos of species that only the new model knows are not compared; `None` where no others are left.
    """
    seen = result.comparison
    both = np.array([label in base.classes for label in seen.labels], bool)
    if not both.any():
        return None

    def outcomes(probabilities: np.ndarray, classes: tuple[str, ...], taxonomy: Taxonomy) -> Outcomes:
        labels = [label for label, keep in zip(seen.labels, both, strict=True) if keep]
        return compare(y_true=labels, y_prob=probabilities[both], classes=classes, taxonomy=taxonomy)

    new = result.bundle
    return compare_models(
        outcomes(seen.before, base.classes, base.taxonomy),
        outcomes(seen.after, new.classes, new.taxonomy),
        [group for group, keep in zip(seen.groups, both, strict=True) if keep],
    )


def finetuned_text(result: FinetuneResult, name: Callable[[str], str]) -> str:
    """Return what was learnt from what, and what changed, for a terminal.

    Args:
        name: From a class to what people call it.
    """
    before, after = result.before, result.after
    lines = [f"learnt from {result.learnt} corrections, {result.held_out} more judged"]
    lines += [f"  {reason}" for reason in result.reasons]
    reasons = [one.reason for one in result.left_out]
    lines += [f"  left out {reasons.count(reason)}: {reason}" for reason in dict.fromkeys(reasons)]
    lines.append(f"corrected photos right: {before.corrected_right:.0%} -> {after.corrected_right:.0%}")
    if before.held_out_macro_f1 is not None and after.held_out_macro_f1 is not None:
        lines.append(
            f"held-out corrections, macro-F1: {before.held_out_macro_f1:.3f} -> {after.held_out_macro_f1:.3f}"
        )
    lines.append(f"photos of before, macro-F1: {before.old_macro_f1:.3f} -> {after.old_macro_f1:.3f}")
    for one in result.changes:
        was, now = round(one.before * one.photos), round(one.after * one.photos)
        lines.append(f"  {name(one.label)}: {was} of {one.photos} photos right -> {now}")
    return "\n".join([*lines, f"{result.seconds:.0f} s"])
