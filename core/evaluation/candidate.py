"""A model that came out of corrections, judged against the one that it came from on photos that it never saw."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.gate import compare_models
from core.evaluation.gate_report import GateReport, NewSpecies, make_report
from core.evaluation.gate_rules import GateRules
from core.evaluation.outcomes import compare
from core.evaluation.predictions import predict_photos
from core.model import Bundle, Classifier
from core.training.finetune import FinetuneResult
from core.training.manifest import LabelledPhoto

Floats = NDArray[np.float64]


def judge_candidate(
    result: FinetuneResult,
    old: Classifier,
    new: Classifier,
    test: Sequence[LabelledPhoto],
    rules: GateRules,
    *,
    threatened: frozenset[str] = frozenset(),
) -> GateReport:
    """Judge on what the old model kept of its validation photos, on held-out corrections, and on test photos.

    Both models are scored on the same labels. Species that the old one does not know are counted apart.
    """
    seen = result.comparison
    labels, clusters = list(seen.labels), list(seen.groups)
    origin = ["held out" if own else "memory" for own in seen.is_correction]
    before, after = [seen.before], [seen.after]
    exact = [photo for photo in test if photo.label in new.bundle.classes]
    if exact:
        both = [predict_photos(one, exact) for one in (old, new)]
        kept = both[0].photos
        labels += [photo.label for photo in kept]
        clusters += [photo.group for photo in kept]
        origin += ["test"] * len(kept)
        before.append(both[0].probabilities(old.bundle))
        after.append(both[1].probabilities(new.bundle))
    y_before, y_after = np.concatenate(before), np.concatenate(after)
    shared = np.array([label in old.bundle.classes for label in labels], bool)
    verdict = None
    if shared.any():
        known = [label for label, keep in zip(labels, shared, strict=True) if keep]
        verdict = compare_models(
            compare(y_true=known, y_prob=y_before[shared], classes=old.bundle.classes, taxonomy=old.bundle.taxonomy),
            compare(y_true=known, y_prob=y_after[shared], classes=new.bundle.classes, taxonomy=new.bundle.taxonomy),
            [cluster for cluster, keep in zip(clusters, shared, strict=True) if keep],
            rules=rules, threatened=threatened,
        )  # fmt: skip
    return make_report(
        verdict,
        _new_species(labels, y_after, shared, new.bundle),
        Counter(origin),
        rules,
        learnt=result.learnt,
        right_before=round(result.before.corrected_right * result.learnt),
        right_after=round(result.after.corrected_right * result.learnt),
        alpha=result.alpha,
    )


def _new_species(
    labels: Sequence[str], probabilities: Floats, shared: NDArray[np.bool_], bundle: Bundle
) -> list[NewSpecies]:
    found: dict[str, list[bool]] = {}
    for row in np.flatnonzero(~shared).tolist():
        guess = bundle.classes[int(probabilities[row].argmax())]
        found.setdefault(labels[row], []).append(guess == labels[row])
    return [NewSpecies(label, len(hits), sum(hits)) for label, hits in sorted(found.items())]
