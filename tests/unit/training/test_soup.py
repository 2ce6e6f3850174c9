"""Averages of weights."""

import pytest
import torch

from core.training.soup import average, blend


def weights(*values: float) -> dict[str, torch.Tensor]:
    return {"w": torch.tensor(values), "steps": torch.tensor(7)}


def away(goal: torch.Tensor):
    return lambda one: float(((one["w"] - goal) ** 2).sum())


def test_an_average_lies_between_and_leaves_counters() -> None:
    found = average(weights(0.0, 2.0), {"w": torch.tensor([4.0, 2.0]), "steps": torch.tensor(9)}, 0.25)
    assert found["w"].tolist() == [1.0, 2.0]
    assert found["steps"] == 7


def test_models_that_differ_cannot_be_averaged() -> None:
    with pytest.raises(ValueError, match="same network and classes"):
        average(weights(0.0), weights(0.0, 1.0), 0.5)
    with pytest.raises(ValueError, match="same network and classes"):
        average(weights(0.0), {"v": torch.zeros(1), "steps": torch.tensor(0)}, 0.5)


def test_a_blend_is_better_than_the_best_and_says_what_is_in_it() -> None:
    goal = torch.tensor([1.0, 1.0])
    models = [weights(3.0, 1.0), weights(0.0, 1.0), weights(1.0, 40.0)]
    tried: list[tuple[int, float, float]] = []
    best, parts = blend(models, away(goal), on_try=lambda *one: tried.append(one))
    assert parts == (0.25, 0.75, 0.0)  # a quarter of the second best; the third only harms
    assert best["w"].tolist() == [0.75, 1.0]
    assert sum(parts) == 1
    assert len(tried) == 3 + 2 * 3
    assert away(goal)(best) < min(away(goal)(one) for one in models)


def test_what_helps_nobody_is_left_out() -> None:
    models = [weights(1.0, 1.0), weights(9.0, 9.0)]
    best, parts = blend(models, away(torch.tensor([1.0, 1.0])))
    assert parts == (1.0, 0.0)
    assert best["w"].tolist() == [1.0, 1.0]
