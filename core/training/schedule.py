"""Which layers learn how fast, and when."""

import math

import torch
from torch import nn

from core.errors import TrainingError
from core.model.backbones import depths
from core.model.network import Network


def freeze_stem(network: Network, depth: int) -> None:
    """Keep all layers of the backbone below `depth` as they are.

    Raises:
        TrainingError: The backbone is not that deep.
    """
    by_name = depths(network.backbone)
    if depth > max(by_name.values()):
        raise TrainingError(f"frozen_depth {depth}: the backbone has only {max(by_name.values()) + 1} stages")
    for name, parameter in network.backbone.named_parameters():
        parameter.requires_grad_(by_name[name] >= depth)


def learn_mode(network: Network) -> None:
    """Switch to training, except the norms of frozen layers, whose statistics must stay."""
    network.train()
    for module in network.backbone.modules():
        parameters = list(module.parameters(recurse=False))
        if parameters and isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.train(any(parameter.requires_grad for parameter in parameters))


def make_optimizer(
    network: Network, *, backbone_rate: float, head_rate: float, layer_decay: float, weight_decay: float
) -> torch.optim.AdamW:
    """Return AdamW whose rate falls by `layer_decay` with every stage further from the head."""
    by_name = depths(network.backbone)
    deepest = max(by_name.values())
    rates = {
        f"backbone.{name}": backbone_rate * layer_decay ** (deepest - depth)
        for name, depth in by_name.items()
    }
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            decay = weight_decay if parameter.ndim > 1 and not name.endswith(".bias") else 0.0
            groups.setdefault((rates.get(name, head_rate), decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "lr": rate, "weight_decay": decay} for (rate, decay), group in groups.items()]
    )


def rate_factor(step: int, total: int, warmup: float) -> float:
    """Return the share of the peak rate: a linear rise over `warmup` of all steps, then a cosine fall."""
    rise = max(1, int(total * warmup))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, total - rise)))


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Move `average` towards `network`: an exponential moving average of all weights and statistics."""
    for kept, current in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(current, 1 - decay)
        else:
            kept.copy_(current)
