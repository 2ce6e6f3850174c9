"""The figures in a terminal."""

from dataclasses import replace
from types import SimpleNamespace

from core.evaluation.gate import Change, Verdict
from core.evaluation.gate_report import GateReport
from core.evaluation.report import Report
from core.evaluation.text import finetuned_text, report_text, verdict_text
from core.training.corrections import LeftOut
from core.training.results import ClassChange, Figures, FinetuneResult
from tests.unit.evaluation.worlds import CLASSES


def test_everything_is_told(report: Report) -> None:
    text = report_text(report)
    for part in (
        "all: 400 photos", "camera_trap:", f"ECE {report.all.ece:.4f}, Brier {report.all.brier:.4f}",
        "95 % intervals: accuracy", "most often taken for another:", "forward     50  0.7000   0.8000  0.8500",
        "uniform      1  0.7000        -  0.7000", "AUROC 0.9100", "cannot be read: b/broken.jpg (not_an_image)",
        "does not know: 7 photos",
    ):  # fmt: skip
        assert part in text


def test_what_is_missing_is_left_out(bare: Report) -> None:
    text = report_text(bare)
    assert "no photo was taken for another species" in text
    for part in ("AUROC", "cannot be read", "does not know", "mixtures"):
        assert part not in text


def test_a_verdict_says_what_changed_and_why_not() -> None:
    change = Change("macro-F1", 0.9, 0.91, -0.001, 0.02)
    text = verdict_text(Verdict(120, (change,), ()))
    assert "macro-F1: 0.9000 -> 0.9100 (+1.00 points, 95 % interval -0.10 to +2.00)" in text
    assert text.endswith("it may take its place")
    assert verdict_text(Verdict(120, (change,), ("too sure",))).endswith(
        "objection: too sure\n  it may not take its place"
    )


def test_a_report_of_the_gate_is_told_the_same_way() -> None:
    change = Change("macro-F1", 0.9, 0.91, -0.001, 0.02)
    report = GateReport((change,), (), (), (), {"memory": 100, "test": 20}, 4, 1, 4)
    assert verdict_text(report) == verdict_text(Verdict(120, (change,), ()))
    worse = replace(report, general=("too sure",))
    assert verdict_text(worse) == verdict_text(Verdict(120, (change,), ("too sure",)))


def test_what_was_learnt_is_told() -> None:
    result = FinetuneResult(
        bundle=SimpleNamespace(), reasons=("because",), depth="head", alpha=0.5, before=Figures(0.9, 0.5, 0.1),  # type: ignore[arg-type]
        after=Figures(0.91, 0.6, 0.95), changes=(ClassChange(CLASSES[0], 4, 1.0, 0.75),), new_species=(), learnt=9,
        held_out=3, left_out=(LeftOut("a", "the photo is gone"), LeftOut("b", "the photo is gone")),
        comparison=SimpleNamespace(), seconds=12.3,  # type: ignore[arg-type]
    )  # fmt: skip
    assert finetuned_text(result, str.upper).splitlines() == [
        "learnt from 9 corrections, 3 more judged", "  because", "  left out 2: the photo is gone",
        "corrected photos right: 10% -> 95%", "held-out corrections, macro-F1: 0.500 -> 0.600",
        "photos of before, macro-F1: 0.900 -> 0.910", f"  {CLASSES[0].upper()}: 4 of 4 photos right -> 3", "12 s",
    ]  # fmt: skip
    few = replace(result, before=Figures(0.9, None, 0.1), after=Figures(0.9, None, 0.1))
    assert "held-out" not in finetuned_text(few, str)
