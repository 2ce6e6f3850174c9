"""Species with one to three photos: no training, only means of embeddings.

A photo's embedding, scaled to length one, is a good first vector for its species (weight imprinting:
Qi et al., 2018), and the species whose mean is nearest is a good first answer (nearest class mean:
Mensink et al., 2013; centred, as in SimpleShot: Wang et al., 2019).
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from core.model.tree_head import TreeHead

Array = NDArray[np.float32]


def class_means(embeddings: NDArray[np.floating], targets: NDArray[np.intp], classes: int) -> Array:
    """Return the mean of centred, normalised embeddings of each class, `(k, d)`, of length one.

    A class without a photo gets zeros.
    """
    units = _units(embeddings, np.asarray(embeddings).mean(axis=0))
    means = np.zeros((classes, units.shape[1]), np.float32)
    np.add.at(means, targets, units)
    return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9), np.float32)


def nearest_mean_scores(
    embeddings: NDArray[np.floating], means: Array, centre: NDArray[np.floating]
) -> Array:
    """Return the cosine of each photo with each class mean, `(n, k)`.

    Args:
        centre: Shape `(d,)`: the mean of the training embeddings.
    """
    return np.asarray(_units(embeddings, centre) @ means.T, np.float32)


def _units(embeddings: NDArray[np.floating], centre: NDArray[np.floating]) -> Array:
    moved = np.asarray(embeddings, np.float32) - np.asarray(centre, np.float32)
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)


@torch.no_grad()
def imprint(
    head: TreeHead,
    embeddings: NDArray[np.floating],
    targets: NDArray[np.intp],
    rare: Sequence[int],
    *,
    common: NDArray[np.floating] | None = None,
) -> None:
    """Give some classes the mean of their photos as the vector of every expert, in place.

    The vector gets the length that a class of this head has in the middle, and the bias with which the mean photo
    gets the middle logit, so that a newcomer is neither louder nor quieter than the others. Its ancestors' vectors
    stay. In a head of plain products what they add is taken off; one that compares directions goes on adding them.

    Args:
        head: Already trained on the other classes; its adapters, if any, are not supported.
        targets: Shape `(n,)`, class indices; only photos of `rare` matter.
        common: Shape `(d,)`: the mean embedding of what the head knows, from which a species is told by its
            direction; by default the head's own centre.

    Raises:
        ValueError: A class of `rare` has no photo, or the head has adapters.
    """
    if head.spec.width:
        raise ValueError("imprinting needs a head without adapters")
    middle = head.centre if common is None else torch.from_numpy(np.asarray(common, np.float32))
    inputs = (torch.from_numpy(np.asarray(embeddings, np.float32)) - middle) / head.spread
    inputs = torch.nn.functional.normalize(inputs, dim=1)
    others = [column for column in range(head.bias.shape[1]) if column not in set(rare)]
    banks = head.banks()  # (e, d, k)
    length = banks[:, :, others].norm(dim=1).median(dim=1).values
    apart = (middle - head.centre) / head.spread  # (d,)
    usual = head.scale[:, None] * torch.einsum("d,edk->ek", apart, banks[:, :, others]) + head.bias[:, others]
    for column in rare:
        rows = np.flatnonzero(targets == column)
        if not len(rows):
            raise ValueError(f"class {column} has no photo to imprint")
        mean = torch.nn.functional.normalize(inputs[torch.from_numpy(rows)].mean(dim=0), dim=0)
        node = head.leaves[column]
        wanted = length[:, None] * mean  # (e, d)
        if head.spec.cosine:
            head.vectors[:, node] = wanted  # only the direction counts
        else:
            head.vectors[:, node] += wanted - banks[:, :, column]
        own = head.scale * (wanted @ apart) if not head.spec.cosine else 0.0
        head.bias[:, column] = usual.median(dim=1).values - own
