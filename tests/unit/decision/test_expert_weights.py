"""How much to listen to each expert."""

import numpy as np
import pytest

from core.decision.expert_weights import LEAST, expert_weights


def views(sure: int, n: int = 200, k: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Expert `sure` says the same of both views, the others something else each time."""
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 3, (2, n, 3, k))
    other[:, sure] = one[:, sure] = 6 * np.eye(k)[rng.integers(0, k, n)]
    return one, other


@pytest.mark.parametrize("sure", [0, 1, 2])
def test_the_steady_expert_is_heard(sure: int) -> None:
    weights = expert_weights(*views(sure))
    assert weights.sum() == pytest.approx(1)
    assert weights.argmax() == sure
    assert weights[sure] > 0.6
    assert weights.min() >= LEAST


def test_experts_that_agree_are_heard_alike() -> None:
    one = np.repeat(np.random.default_rng(0).normal(0, 2, (50, 1, 5)), 3, axis=1)
    assert expert_weights(one, one) == pytest.approx([1 / 3] * 3, abs=0.05)


def test_one_expert_is_heard_alone() -> None:
    assert expert_weights(np.zeros((4, 1, 5)), np.zeros((4, 1, 5))).tolist() == [1.0]


def test_two_views_are_needed() -> None:
    with pytest.raises(ValueError, match="two views"):
        expert_weights(np.zeros((4, 3, 5)), np.zeros((3, 3, 5)))
    with pytest.raises(ValueError, match="at least one"):
        expert_weights(np.zeros((0, 3, 5)), np.zeros((0, 3, 5)))
