"""Averages of the weights of models that went on from the same one (model soups: Wortsman et al., 2022).

Runs that differ in seed, rates and augmentation end in one basin; a point between them is often better than
each, and better calibrated away from the training photos (WiSE-FT: Wortsman et al., 2022).
"""

from collections.abc import Callable, Mapping, Sequence

import torch

Weights = Mapping[str, torch.Tensor]
SHARES = (0.25, 0.5, 0.75)


def average(one: Weights, other: Weights, share: float) -> dict[str, torch.Tensor]:
    """Return `(1 - share) * one + share * other`; counters and the like stay those of `one`.

    Raises:
        ValueError: Names or shapes differ.
    """
    if one.keys() != other.keys() or any(one[name].shape != other[name].shape for name in one):
        raise ValueError("only models of the same network and classes can be averaged")
    return {
        name: torch.lerp(value.float(), other[name].float(), share) if value.is_floating_point() else value
        for name, value in one.items()
    }


def blend(
    weights: Sequence[Weights],
    loss: Callable[[Weights], float],
    *,
    on_try: Callable[[int, float, float], None] = lambda model, share, loss: None,
) -> tuple[dict[str, torch.Tensor], tuple[float, ...]]:
    """Start from the best and stir in each of the others, from good to bad, where that lowers the loss.

    Args:
        loss: On photos that none of them was trained on; smooth ones, such as the log-loss, choose better.
        on_try: Told of every model, share and loss that was tried.

    Returns:
        The weights, and how much of each model is in them, adding up to 1.
    """
    alone = [loss(one) for one in weights]
    for model, value in enumerate(alone):
        on_try(model, 1.0, value)
    order = sorted(range(len(weights)), key=alone.__getitem__)
    best, least = dict(weights[order[0]]), alone[order[0]]
    parts = [float(model == order[0]) for model in range(len(weights))]
    for model in order[1:]:
        tries = {}
        for share in SHARES:
            tries[share] = loss(average(best, weights[model], share))
            on_try(model, share, tries[share])
        share = min(tries, key=tries.__getitem__)
        if tries[share] < least:
            best, least = average(best, weights[model], share), tries[share]
            parts = [(1 - share) * part for part in parts]
            parts[model] += share
    return best, tuple(parts)
