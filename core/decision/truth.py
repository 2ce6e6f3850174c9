"""What a label, at any rank, says about a taxon that was named."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.taxonomy import FLAGS, Taxonomy

NO_TAXON = -1


def label_positions(labels: Sequence[str], taxonomy: Taxonomy) -> NDArray[np.intp]:
    """Return, shape `(n,)`, the position of each label in `taxonomy.order`; `NO_TAXON` for `FLAGS`.

    Args:
        labels: Taxon ids of any rank, and labels of `FLAGS`.

    Raises:
        TaxonomyError: A label is neither.
    """
    known = {name: NO_TAXON if name in FLAGS else taxonomy.index(name) for name in set(labels)}
    return np.array([known[name] for name in labels], dtype=np.intp)


def covers(taxonomy: Taxonomy, named: NDArray[np.integer], truth: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return, shape `(n,)`, where a named taxon is the true one or an ancestor of it.

    A label that is coarser than the name does not confirm it: the name counts as wrong.

    Args:
        named, truth: Shape `(n,)`, positions in `taxonomy.order`; `NO_TAXON` covers nothing and is
            covered by nothing.
    """
    found = np.zeros(len(named), dtype=bool)
    above = np.asarray(truth).copy()
    while (above >= 0).any():
        found |= (above == named) & (above >= 0)
        above = np.where(above >= 0, taxonomy.parents[above], NO_TAXON)
    return found
