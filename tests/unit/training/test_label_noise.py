"""Which labels are probably wrong."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from core.training.label_noise import doubts, out_of_fold


def flipped(n: int = 600, k: int = 6, seed: int = 0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    x = rng.normal(0, 1, (k, 12))[truth] * 2 + rng.normal(0, 1, (n, 12))
    wrong = rng.random(n) < 0.1
    labels = np.where(wrong, (truth + rng.integers(1, k, n)) % k, truth)
    return x, labels, wrong


def test_wrong_labels_are_doubted() -> None:
    x, labels, wrong = flipped()

    def fit(learn: np.ndarray, judge: np.ndarray) -> np.ndarray:
        return LogisticRegression().fit(x[learn], labels[learn]).predict_proba(x[judge])

    found = out_of_fold(len(x), 6, [""] * len(x), fit)
    scores = doubts(found, labels)
    assert roc_auc_score(wrong, scores) > 0.95
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_no_photo_is_judged_by_a_model_that_saw_its_burst() -> None:
    groups = [f"g{row // 5}" for row in range(100)]

    def check(learn: np.ndarray, judge: np.ndarray) -> np.ndarray:
        assert not {groups[row] for row in learn} & {groups[row] for row in judge}
        return np.full((len(judge), 2), 0.5)

    assert (out_of_fold(100, 2, groups, check) == 0.5).all()


def test_a_tie_is_one_half_and_certainty_is_none() -> None:
    found = doubts(np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([0, 1]))
    assert found == pytest.approx([0.5, 0.5])
    assert doubts(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1])) == pytest.approx([0, 0])
