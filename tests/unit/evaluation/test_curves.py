"""Curves of a training run."""

from pathlib import Path

from core.evaluation.curves import write_rates
from core.training.rate_finder import RateTest


def test_a_range_test_is_drawn_with_its_suggestions(tmp_path: Path) -> None:
    test = RateTest((1e-5, 1e-4, 1e-3), (2.0, 1.5, 1.0), 3e-4, 1e-4, 5e-4)
    path = write_rates(test, tmp_path / "out")
    text = path.read_text(encoding="utf-8")
    assert path.name == "rates.html"
    for part in ("5.0e-04", "3.0e-04", "1.0e-04", "<polyline"):
        assert part in text


def test_a_flat_curve_can_be_drawn(tmp_path: Path) -> None:
    assert write_rates(RateTest((1e-5, 1e-4), (1.0, 1.0), 1e-5, 1e-6, 1e-5), tmp_path).is_file()
