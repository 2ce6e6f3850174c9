"""Photos laid over each other (mixup: Zhang et al., 2018)."""

from collections.abc import Sequence

import numpy as np
import torch

Shown = tuple[tuple[torch.Tensor, float], ...]


def mix(
    images: torch.Tensor, rows: torch.Tensor, alpha: float, *, seed: Sequence[int]
) -> tuple[torch.Tensor, Shown]:
    """Lay another photo of the batch over each one.

    Args:
        images: Shape `(n, 3, h, w)`; rows: shape `(n,)`, which photos they are.
        alpha: Parameter of the beta distribution of the shares; 0 for no mixing.

    Returns:
        The images, and whose photos are seen in them with which share, the larger first.
    """
    if alpha <= 0:
        return images, ((rows, 1.0),)
    rng = np.random.default_rng([*seed, 4])
    drawn = float(rng.beta(alpha, alpha))
    share = max(drawn, 1 - drawn)
    order = torch.from_numpy(rng.permutation(len(images)))
    mixed = share * images + (1 - share) * images[order.to(images.device)]
    return mixed, ((rows, share), (rows[order], 1 - share))
