"""Risk against coverage, and telling strangers."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from core.evaluation.selective import auroc, coverage_at, false_alarms, risk_coverage, tree_curve


def test_the_curve_by_hand() -> None:
    found = risk_coverage(
        confidence=np.array([0.9, 0.5, 0.8, 0.7]), correct=np.array([True, False, True, False])
    )
    assert found.coverage == (0.25, 0.5, 0.75, 1.0)
    assert found.risk == pytest.approx((0, 0, 1 / 3, 1 / 2))
    assert found.area == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert found.excess == pytest.approx(0)


def test_a_bad_order_has_an_excess() -> None:
    confidence, correct = np.array([0.9, 0.1]), np.array([False, True])
    assert risk_coverage(confidence=confidence, correct=correct).excess == pytest.approx((1 + 0.5) / 2 - 0.25)


def test_coverage_can_be_information() -> None:
    found = risk_coverage(
        confidence=np.array([0.9, 0.8]), correct=np.array([True, False]), worth=np.array([1.0, 3.0])
    )
    assert found.coverage == (0.25, 1.0)
    assert found.area == pytest.approx(0.75 * 0.5)


def test_a_long_curve_is_drawn_with_a_hundred_points() -> None:
    rng = np.random.default_rng(0)
    found = risk_coverage(confidence=rng.random(5000), correct=rng.random(5000) < 0.8)
    assert len(found.coverage) == len(found.risk) == 101
    assert found.coverage[-1] == pytest.approx(1)
    assert found.risk[-1] == pytest.approx(0.2, abs=0.03)
    with pytest.raises(ValueError, match="no photos"):
        risk_coverage(confidence=np.array([]), correct=np.array([], bool))


def test_auroc_agrees_with_scikit_learn_ties_included() -> None:
    rng = np.random.default_rng(1)
    known, strange = rng.integers(0, 20, 300) / 20, rng.integers(5, 25, 200) / 20
    expected = roc_auc_score(np.r_[np.zeros(300), np.ones(200)], np.r_[known, strange])
    assert auroc(known=known, strange=strange) == pytest.approx(expected)


def test_false_alarms_where_nearly_all_strangers_are_found() -> None:
    strange = np.linspace(0.5, 1.0, 101)
    known = np.linspace(0.0, 1.0, 1001)
    assert false_alarms(known=known, strange=strange) == pytest.approx(1 - 0.525, abs=0.01)
    assert false_alarms(known=np.zeros(10), strange=strange) == 0


def test_false_alarms_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    known, strange = rng.normal(0, 1, 4000), rng.normal(1.5, 1, 4000)
    alarms, caught, _ = roc_curve(np.r_[np.zeros(4000), np.ones(4000)], np.r_[known, strange])
    expected = alarms[np.searchsorted(caught, 0.95)]
    assert false_alarms(known=known, strange=strange) == pytest.approx(expected, abs=1e-3)


def test_the_tree_curve_by_hand() -> None:
    """Two photos, family and species: one sure and right, one whose family alone is right."""
    found = tree_curve(
        probability=np.array([[1.0, 0.9], [0.8, 0.4]]), right=np.array([[True, True], [True, False]]),
        worth=np.array([[0.5, 1.0], [0.5, 1.0]]),
    )  # fmt: skip
    assert found.target == (1.0, 0.9, 0.8, 0.4, 0.0)
    assert found.coverage == pytest.approx((0.25, 0.5, 0.75, 1.0, 1.0))
    assert found.risk == pytest.approx((0, 0, 0, 0.5, 0.5))
    assert found.area == pytest.approx(0.25 * 0.25)
    assert found.flat_area == pytest.approx(0.5 * 0.25)


def test_a_tree_curve_needs_photos() -> None:
    with pytest.raises(ValueError, match="no photos"):
        tree_curve(probability=np.empty((0, 7)), right=np.empty((0, 7), bool), worth=np.empty((0, 7)))


def test_coverage_at_a_precision_by_hand() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.6])
    correct = np.array([True, True, False, True, False])
    assert coverage_at(confidence, correct, precision=1.0) == 0.4
    assert coverage_at(confidence, correct, precision=0.6) == 1.0
    assert coverage_at(confidence, correct, precision=0.75) == 0.4  # equally sure photos are not torn apart
    assert coverage_at(confidence, ~correct, precision=1.0) == 0.0
    assert coverage_at(np.empty(0), np.empty(0, bool), precision=0.5) == 0.0
