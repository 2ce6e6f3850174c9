"""From the outputs of somebody else's network to the classes of a bundle."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import softmax

from core.model.bundle import Bundle

LEAST = 1e-12  # probability that a logarithm is taken of


class OutputMap:
    """Sums the probabilities of outputs that mean the same class.

    An output that speaks of a taxon above the species counts for all species under it, in equal parts:
    the taxon keeps its probability and no species is preferred.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Prepare for a bundle with `outputs`."""
        column = {name: index for index, name in enumerate(bundle.classes)}
        rows, columns, shares = [], [], []
        for row, name in enumerate(bundle.outputs):
            leaves = [name] if name in column else [t.id for t in bundle.taxonomy.leaves_under(name)]
            for leaf in leaves:
                rows.append(row)
                columns.append(column[leaf])
                shares.append(1 / len(leaves))
        self._parts = csr_array((shares, (rows, columns)), shape=(len(bundle.outputs), len(bundle.classes)))

    def __call__(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return log-probabilities `(n, e, k)` of raw scores `(n, e, outputs)`."""
        n, experts, outputs = scores.shape
        flat = softmax(scores.reshape(-1, outputs).astype(np.float64), axis=1)
        summed = np.asarray(flat @ self._parts).reshape(n, experts, -1)
        return np.asarray(np.log(np.maximum(summed, LEAST)), np.float32)
