"""The learning-rate range test."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from core.training.rate_finder import find_rate, suggest


def problem(seed: int = 0):
    """A small network on separable data."""
    torch.manual_seed(seed)
    x = torch.randn(512, 10)
    y = (x[:, 0] + x[:, 1] > 0).long()
    return x, y, nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 2))


def stepper(network: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor):
    rng = np.random.default_rng(0)

    def step() -> float:
        rows = torch.from_numpy(rng.integers(0, len(x), 64))
        loss = nn.functional.cross_entropy(network(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def test_the_valley_is_near_the_best_rate_of_a_grid() -> None:
    x, y, network = problem()
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    found = find_rate(network, optimizer, stepper(network, optimizer, x, y))
    losses = {}
    for rate in 10.0 ** np.arange(-5, 1.6, 0.5):
        trained = copy.deepcopy(network)
        step = stepper(trained, torch.optim.SGD(trained.parameters(), rate), x, y)
        losses[rate] = np.mean([step() for _ in range(60)][-20:])
    best = min(losses, key=losses.get)
    assert best / 5 < found.valley < best * 5
    assert found.steep <= 10


def test_on_a_parabola_every_suggestion_is_stable() -> None:
    weight = nn.Parameter(torch.tensor([3.0]))
    box = nn.ParameterList([weight])
    optimizer = torch.optim.SGD(box.parameters(), 0.1)

    def step() -> float:
        loss = 0.5 * 4.0 * (weight**2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    found = find_rate(box, optimizer, step)
    assert max(found.valley, found.tenth) < 0.5  # curvature 4: above 2/4 it diverges
    assert found.valley > 1e-4


def test_weights_and_optimizer_end_as_they_began() -> None:
    x, y, network = problem()
    optimizer = torch.optim.AdamW(network.parameters(), 3e-4)
    stepper(network, optimizer, x, y)()
    weights, state = copy.deepcopy(network.state_dict()), copy.deepcopy(optimizer.state_dict())
    seen: list[tuple[int, int]] = []
    find_rate(network, optimizer, stepper(network, optimizer, x, y), on_step=lambda *done: seen.append(done))
    assert all(torch.equal(network.state_dict()[key], weights[key]) for key in weights)
    assert optimizer.state_dict()["param_groups"] == state["param_groups"]
    assert torch.equal(optimizer.state_dict()["state"][0]["exp_avg"], state["state"][0]["exp_avg"])
    assert seen[0] == (1, 100)


def test_a_loss_that_is_no_number_is_said() -> None:
    _, _, network = problem()
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    with pytest.raises(ValueError, match="exploded after 0 steps"):
        find_rate(network, optimizer, lambda: float("nan"))


def test_suggestions_on_a_drawn_curve() -> None:
    rates = 10.0 ** np.linspace(-5, 0, 51)
    x = np.log10(rates)
    losses = np.where(x < -4, 2.0, np.where(x < -2, 2 - 0.8 * (x + 4), 0.4 + (x + 2) ** 2))
    found = suggest(rates, losses)
    assert 1e-4 < found.valley < 1e-2
    assert found.tenth == pytest.approx(1e-3, rel=0.3)
