"""The figures in a terminal."""

from core.evaluation.gate import Change, Verdict
from core.evaluation.report import Report
from core.evaluation.text import report_text, verdict_text


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
