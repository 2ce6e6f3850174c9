"""A report of a small random world, as `evaluate` would make it."""

from dataclasses import replace

import pytest

from core.evaluation.confusion import confused_pairs, rank_confusion, species_rows
from core.evaluation.metrics import curve_of, score
from core.evaluation.outcomes import compare
from core.evaluation.report import NoveltyScores, Report, ShiftedTest, TaxonName, Unreadable, WorstPhoto
from core.evaluation.selective import risk_coverage
from tests.unit.evaluation.worlds import CLASSES, TREE, drawn


@pytest.fixture(scope="session")
def report() -> Report:
    """400 photos, judged with everything that a report can hold."""
    labels, rows = drawn(400)
    found = compare(y_true=labels, y_prob=rows, classes=CLASSES, taxonomy=TREE)
    trained = {name: 3 + index for index, name in enumerate(CLASSES)}
    bursts = [f"b{row // 4}" for row in range(len(labels))]
    everything = score(found, target=0.65, trained=trained, clusters=bursts)
    traps = score(found.take(found.truth < 6), target=0.65, trained=trained, clusters=None)
    return Report(
        model="Tiny <model>", version="3", weights_sha256="ab" * 32, split="test", made="2026-11-21", target=0.65,
        photos=len(found), unknown=7, unreadable=(Unreadable("b/broken.jpg", "not_an_image"),),
        all=everything, by_kind={"camera_trap": traps},
        risk=risk_coverage(confidence=found.confidence, correct=found.right), tree_risk=curve_of(found),
        species=species_rows(found, trained=trained, clusters=bursts),
        confusions=tuple(rank_confusion(rank) for rank in found.ranks), confused=confused_pairs(found),
        worst=(WorstPhoto("a/<b>.jpg", "cd" * 32, "s0-0", "s1-1", 0.9, 0.001, 6.9),),
        shifted=(
            ShiftedTest("forward", 50.0, 200, 3, 0.7, 0.8, 0.85), ShiftedTest("uniform", 1.0, 200, 3, 0.7, None, 0.7),
            ShiftedTest("site", 0.3, 200, 3, 0.7, 0.75, 0.8),
        ),
        novelty=NoveltyScores(300, 50, 0.91, 0.4, 0.88, 0.5, 0.95, 0.6),
        epochs=({"epoch": 1, "val_macro_f1": 0.7}, {"epoch": 2, "val_macro_f1": 0.8}),
        names={t.id: TaxonName(t.scientific_name, "Cat & dog" if t.id == "s0-0" else None) for t in TREE.order}
        | {name: TaxonName(name, None) for name in ("blank", "human")},
    )  # fmt: skip


@pytest.fixture(scope="session")
def bare(report: Report) -> Report:
    """The same without anything that may be missing."""
    return replace(
        report, unknown=0, unreadable=(), by_kind={}, tree_risk=None, confused=(), worst=(), shifted=(),
        novelty=None, epochs=(), all=replace(report.all, intervals={}, by_frequency={}, hierarchical=None, exact_path=None,
        answer_hierarchical=None, answer_reliability=(), macro_f1=None, blank_recall=None),
    )  # fmt: skip
