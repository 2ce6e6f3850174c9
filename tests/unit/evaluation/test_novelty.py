"""Strangers against animals of listed species."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.evaluation.novelty import score_novelty


def test_figures_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    known, strange = rng.beta(2, 5, 300), rng.beta(4, 3, 100)
    sure, unsure = rng.beta(6, 2, 300), rng.beta(3, 3, 100)
    found = score_novelty(
        known=known, strange=strange, known_confidence=sure, strange_confidence=unsure, threshold=0.6
    )
    is_strange = np.r_[np.zeros(300), np.ones(100)]
    assert (found.known, found.strange) == (300, 100)
    assert found.auroc == pytest.approx(roc_auc_score(is_strange, np.r_[known, strange]))
    assert found.softmax_auroc == pytest.approx(roc_auc_score(is_strange, -np.r_[sure, unsure]))
    assert found.accepted == pytest.approx((known < 0.6).mean())
    assert found.found == pytest.approx((strange >= 0.6).mean())
    assert 0 < found.fpr95 < 1


def test_without_one_side_there_is_nothing_to_compare() -> None:
    none, some = np.array([]), np.array([0.5])
    options = {"threshold": 0.6, "known_confidence": some, "strange_confidence": some}
    assert score_novelty(known=none, strange=some, **options) is None
    assert score_novelty(known=some, strange=none, **options) is None
