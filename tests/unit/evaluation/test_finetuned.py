"""Whether a taught model may take the place of the one that it came from."""

from dataclasses import replace

import numpy as np

from core.decision import Calibration
from core.evaluation.finetuned import finetuned_text, judge_finetuned
from core.model import Bundle, Preprocessing
from core.training.corrections import LeftOut
from core.training.results import ClassChange, Comparison, Figures, FinetuneResult
from tests.unit.evaluation.worlds import TREE

CLASSES = tuple(leaf.id for leaf in TREE.leaves)
OLD = CLASSES[:-1]
HALF = (0.5, 0.5, 0.5)
NEW_BUNDLE = Bundle(
    name="New", version="2", architecture="a", options={}, preprocessing=Preprocessing(8, "squash", 1.0, HALF, HALF),
    classes=CLASSES, taxonomy=TREE, calibration=Calibration(1.0, 0.75, 10, 0.0), weights_sha256="0" * 64, licence="",
)  # fmt: skip
BASE = replace(NEW_BUNDLE, name="Old", version="1", classes=OLD, taxonomy=TREE.subtree(OLD))


def sure(labels: list[str], classes: tuple[str, ...], wrong: int) -> np.ndarray:
    """Return probabilities that name each label, but for the first few."""
    found = np.full((len(labels), len(classes)), 0.01)
    for row, label in enumerate(labels):
        place = classes.index(label) if label in classes else 0
        found[row, (place + 1) % len(classes) if row < wrong else place] = 1.0
    return found / found.sum(axis=1, keepdims=True)


def result(wrong_before: int, wrong_after: int) -> FinetuneResult:
    labels = [*OLD * 4, *[CLASSES[-1]] * 4]
    return FinetuneResult(
        bundle=NEW_BUNDLE, reasons=("because",), alpha=0.5, before=Figures(0.9, 0.5, 0.1), after=Figures(0.91, 0.6, 0.95),
        changes=(ClassChange(CLASSES[0], 4, 1.0, 0.75),), new_species=(CLASSES[-1],), learnt=9, held_out=3,
        left_out=(LeftOut("a", "the photo is gone"), LeftOut("b", "the photo is gone")),
        comparison=Comparison(
            tuple(labels), tuple(f"g{i}" for i in range(len(labels))), np.arange(len(labels)) > 50,
            sure(labels, OLD, wrong_before), sure(labels, CLASSES, wrong_after),
        ),
        seconds=12.3,
    )  # fmt: skip


def test_photos_of_new_species_are_not_compared() -> None:
    verdict = judge_finetuned(result(5, 5), BASE)
    assert verdict is not None
    assert verdict.n == 4 * len(OLD)
    assert verdict.passes


def test_forgetting_is_objected_to() -> None:
    verdict = judge_finetuned(result(0, 12), BASE)
    assert verdict is not None
    assert not verdict.passes
    assert any("macro-F1 falls" in text for text in verdict.objections)


def test_nothing_to_compare_is_no_verdict() -> None:
    assert judge_finetuned(result(0, 0), replace(BASE, classes=("other",))) is None


def test_what_happened_is_told() -> None:
    text = finetuned_text(result(0, 0), str.upper)
    assert text.splitlines() == [
        "learnt from 9 corrections, 3 more judged", "  because", "  left out 2: the photo is gone",
        "corrected photos right: 10% -> 95%", "held-out corrections, macro-F1: 0.500 -> 0.600",
        "photos of before, macro-F1: 0.900 -> 0.910", f"  {CLASSES[0].upper()}: 4 of 4 photos right -> 3", "12 s",
    ]  # fmt: skip
    few = replace(result(0, 0), before=Figures(0.9, None, 0.1), after=Figures(0.9, None, 0.1))
    assert "held-out" not in finetuned_text(few, str)
