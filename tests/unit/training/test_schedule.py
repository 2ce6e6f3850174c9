"""Rates, frozen stages and running averages."""

import pytest
import torch
from torch import nn

from core.errors import TrainingError
from core.model.backbones import depths
from core.model.network import Network
from core.training.schedule import follow, freeze_stem, learn_mode, make_optimizer, rate_factor


def test_rates_rise_then_fall_to_nothing() -> None:
    rates = [rate_factor(step, 100, 0.1) for step in range(101)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert (rates[10], rates[100]) == pytest.approx((1.0, 0.0))
    assert rate_factor(0, 1, 0.06) == 1


def test_stages_below_the_depth_are_frozen(network: Network) -> None:
    freeze_stem(network, 2)
    by_name = depths(network.backbone)
    for name, parameter in network.backbone.named_parameters():
        assert parameter.requires_grad == (by_name[name] >= 2)
    learn_mode(network)
    norms = [
        (name, module)
        for name, module in network.backbone.named_modules()
        if isinstance(module, nn.BatchNorm2d)
    ]
    assert {module.training for name, module in norms if name.startswith("bn1")} == {False}
    assert any(module.training for _, module in norms)


def test_a_backbone_is_only_so_deep(network: Network) -> None:
    with pytest.raises(TrainingError, match="has only"):
        freeze_stem(network, 99)


def test_rates_fall_towards_the_stem_and_norms_do_not_decay(network: Network) -> None:
    optimizer = make_optimizer(network, backbone_rate=1.0, head_rate=7.0, layer_decay=0.5, weight_decay=0.1)
    by_id = {
        id(parameter): (group["lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    by_name = depths(network.backbone)
    deepest = max(by_name.values())
    for name, parameter in network.backbone.named_parameters():
        rate, decay = by_id[id(parameter)]
        assert rate == 0.5 ** (deepest - by_name[name])
        assert decay == (0.1 if parameter.ndim > 1 else 0.0)
    assert by_id[id(network.head.vectors)] == (7.0, 0.1)


def test_an_average_follows() -> None:
    average, network = nn.Linear(1, 1), nn.Linear(1, 1)
    with torch.no_grad():
        average.weight.fill_(0.0)
        network.weight.fill_(1.0)
    follow(average, network, 0.9)
    assert average.weight.item() == pytest.approx(0.1)
