"""Temperature and calibration error."""

import numpy as np
import pytest

from core.decision import expected_calibration_error, fit_temperature, softmax


@pytest.mark.parametrize("planted", [0.4, 1.0, 2.5])
def test_a_planted_temperature_is_found(planted: float) -> None:
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 2, (4000, 6))
    targets = np.array([rng.choice(6, p=row) for row in softmax(honest)])
    assert fit_temperature(honest * planted, targets) == pytest.approx(planted, rel=0.08)


def test_probabilities_sum_to_one_for_huge_logits() -> None:
    rows = softmax(np.array([[1e4, -1e4, 0.0], [0.0, 0.0, 0.0]]))
    assert rows.sum(axis=1) == pytest.approx([1, 1])
    assert rows[1] == pytest.approx([1 / 3] * 3)


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.6, 0.6, 0.9, 0.9])
    correct = np.array([True, False, True, True])
    assert expected_calibration_error(confidence, correct, bins=2) == pytest.approx((0.1 + 0.1) / 2)


def test_perfect_calibration_has_no_error() -> None:
    assert expected_calibration_error(np.ones(5), np.ones(5, bool)) == 0
    assert expected_calibration_error(np.array([]), np.array([], bool)) == 0
