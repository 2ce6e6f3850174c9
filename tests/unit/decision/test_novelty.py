"""How likely it is that an animal is none of the listed species."""

import numpy as np
import pytest

from core.decision.novelty import NoveltyModel

MODEL = NoveltyModel(
    centre=np.zeros(2, np.float32), projection=np.eye(2, dtype=np.float32),
    means=np.array([[1, 0], [0, 1], [-1, 0]], np.float32), columns=np.array([0, 1, 3]),
    weights=(1.0, 2.0, -1.0), threshold=0.5,
)  # fmt: skip


def test_sure_and_near_is_known_unsure_and_far_is_strange() -> None:
    embeddings = np.array([[3.0, 0.0], [0.5, -2.0]])
    logits = np.array([[9.0, 0, 0, 0], [0.1, 0, 0, 0]])
    known, strange = MODEL.score(embeddings, logits)
    assert known < 0.05
    assert strange > 0.6


def test_signs_are_log_odds_and_cosine_distance() -> None:
    signs = MODEL.signs(np.array([[0.0, 2.0]]), np.log([[0.25, 0.5, 9.0, 0.25]]))
    assert signs[0] == pytest.approx([0.0, 0.0], abs=1e-6)  # one half among the listed; column 2 is not
    assert MODEL.signs(np.array([[1.0, 1.0]]), np.zeros((1, 4)))[0, 1] == pytest.approx(1 - 2**-0.5)


def test_the_question_can_be_asked_within_a_group() -> None:
    """Among classes 0 and 1 a photo of class 3 is a stranger."""
    embeddings, logits = np.array([[-2.0, 0.0]]), np.array([[0.0, 0.0, 0.0, 9.0]])
    assert MODEL.score(embeddings, logits)[0] < 0.05
    assert MODEL.score(embeddings, logits, np.array([0, 1]))[0] > 0.6


def test_certainty_does_not_overflow() -> None:
    found = MODEL.score(np.zeros((2, 2)), np.array([[1e4, 0, 0, 0], [-1e4, 0, 0, 0]]))
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
