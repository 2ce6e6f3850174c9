"""How common each class is among the labels, and what that does to a loss."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.taxonomy import Taxonomy

INVERSE_STRENGTH = 2.0  # tau of the inverse expert (Zhang et al., 2022)
LARGEST_OFFSET = float(np.log(200))


def soft_prior(labels: Sequence[str], classes: Sequence[str], taxonomy: Taxonomy) -> NDArray[np.float64]:
    """Return the share of each class, `(k,)`, from labels at any rank.

    A coarse label counts for its species in the proportions of the others: iterated until nothing
    changes by more than 1e-6, with half a photo added to every class.

    Args:
        labels: Taxon ids of any rank, or flags.
    """
    column = {name: index for index, name in enumerate(classes)}
    allowed = []
    for label, count in Counter(labels).items():
        names = [leaf.id for leaf in taxonomy.leaves_under(label)] if label in taxonomy else [label]
        allowed.append((np.array([column[name] for name in names if name in column], np.intp), count))
    prior = np.full(len(classes), 1 / len(classes))
    for _ in range(1000):
        counts = np.full(len(classes), 0.5)
        for columns, count in allowed:
            if len(columns):
                counts[columns] += count * prior[columns] / prior[columns].sum()
        updated = counts / counts.sum()
        change = np.abs(updated - prior).max()
        prior = updated
        if change < 1e-6:
            break
    return prior


def reversed_prior(prior: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the prior with the ranks of the classes turned round: the rarest gets the largest share."""
    order = np.argsort(-prior, kind="stable")
    turned = np.empty(len(prior))
    turned[order] = np.asarray(prior)[order[::-1]]
    return turned


def expert_offsets(prior: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """Return what each expert's logits get added while it learns, `(k,)` each.

    `"softmax"`: nothing. `"balanced"`: log prior (Ren et al., 2020). `"inverse"`: log prior less
    twice the log of the reversed prior (Zhang et al., 2022). Means are zero, extremes are clipped.
    """
    log_prior = np.log(prior) - np.log(prior).mean()
    turned = np.log(reversed_prior(prior))
    inverse = log_prior - INVERSE_STRENGTH * (turned - turned.mean())
    return {
        "softmax": np.zeros(len(prior)),
        "balanced": log_prior.clip(-LARGEST_OFFSET, LARGEST_OFFSET),
        "inverse": inverse.clip(-LARGEST_OFFSET, LARGEST_OFFSET),
    }


def effective_weights(counts: NDArray[np.floating], beta: float) -> NDArray[np.float64]:
    """Return a weight for each class, `(k,)`, by its effective number of photos (Cui et al., 2019).

    Args:
        counts: Shape `(k,)`, photos of each class.
        beta: In [0, 1): 0 for equal weights, near 1 for weights inverse to the counts.

    Returns:
        Weights whose mean over photos is 1.
    """
    numbers = np.asarray(counts, np.float64)
    weights = (1 - beta) / (1 - np.power(beta, numbers))
    return np.asarray(weights * numbers.sum() / (weights * numbers).sum(), np.float64)
