"""Bins whose mean gap is the calibration error."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from core.decision import expected_calibration_error
from core.evaluation.reliability import reliability


def test_bins_agree_with_scikit_learn_and_the_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(600)
    correct = rng.random(600) < confidence**2
    found = reliability(confidence=confidence, correct=correct, bins=10)
    share, stated = calibration_curve(correct, confidence, n_bins=10, strategy="quantile")
    assert [one.accuracy for one in found] == pytest.approx(share.tolist(), abs=0.02)
    assert [one.confidence for one in found] == pytest.approx(stated.tolist(), abs=0.005)
    gap = sum(one.n * abs(one.confidence - one.accuracy) for one in found) / 600
    assert gap == pytest.approx(expected_calibration_error(confidence, correct, bins=10))


def test_few_photos_make_few_bins() -> None:
    assert [
        one.n for one in reliability(confidence=np.array([0.2, 0.9]), correct=np.array([False, True]))
    ] == [1, 1]
    assert reliability(confidence=np.array([]), correct=np.array([], bool)) == ()
