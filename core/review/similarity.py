"""What photos that look alike tell a reviewer: who is labelled otherwise, and an order for looking at many."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from core.media.embeddings import Neighbour, unit
from core.taxonomy import Taxonomy

SHARE = 0.6  # of the labelled neighbours; AddaxAI's cohorts use the same
LEAST = 3  # labelled neighbours, or nothing is said
ODD = 3.0  # deviations from the middle
MOST_TURNED = 600  # photos; turning takes long for more


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A photo whose neighbours people label otherwise; labels are taxon ids, `None` for no animal.

    Attributes:
        theirs: The label of most labelled neighbours.
        share: The part of them that have it.
    """

    sha256: str
    label: str | None
    theirs: str | None
    share: float


def disagreeing_neighbours(
    labels: Mapping[str, str | None],
    neighbours: Mapping[str, Sequence[Neighbour]],
    taxonomy: Taxonomy,
    *,
    share: float = SHARE,
    least: int = LEAST,
) -> list[Disagreement]:
    """Return labelled photos whose labelled neighbours mostly say something that contradicts, clearest first.

    A genus does not contradict its species: a label and its ancestors agree.
    """
    found = []
    for sha256, around in neighbours.items():
        if sha256 not in labels:
            continue
        said = [labels[one.sha256] for one in around if one.sha256 in labels and one.sha256 != sha256]
        if len(said) < least:
            continue
        theirs, count = Counter(said).most_common(1)[0]
        if count / len(said) >= share and not _agree(labels[sha256], theirs, taxonomy):
            found.append(Disagreement(sha256, labels[sha256], theirs, count / len(said)))
    return sorted(found, key=lambda one: (-one.share, one.sha256))


def walk_order(embeddings: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return an order in which similar photos lie together and odd ones come first.

    Odd is who is far from even the nearest neighbour: more than three deviations (of the median) beyond the middle, the
    oddest first. The others follow the leaves of an average-linkage tree; up to 600 photos its branches are turned so
    that neighbours on the walk are as close as the tree allows (Bar-Joseph et al., 2001).

    Args:
        embeddings: Shape `(n, d)`; memory grows with n squared, 2,000 photos take 32 MB.
    """
    count = len(embeddings)
    if count < 3:
        return np.arange(count)
    vectors = unit(np.asarray(embeddings, np.float32)).astype(np.float64)
    distances = np.clip(1 - vectors @ vectors.T, 0, 2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.min(axis=1)
    middle = np.median(nearest)
    deviation = 1.4826 * np.median(np.abs(nearest - middle))
    odd = np.flatnonzero(nearest > middle + ODD * max(deviation, 1e-6))
    odd = odd[np.argsort(-nearest[odd], kind="stable")]
    rest = np.setdiff1d(np.arange(count), odd)
    if len(rest) < 3:
        return np.concatenate([odd, rest])
    among = distances[np.ix_(rest, rest)]
    np.fill_diagonal(among, 0)
    tree = linkage(squareform(among, checks=False), "average", optimal_ordering=len(rest) <= MOST_TURNED)
    return np.concatenate([odd, rest[leaves_list(tree)]])


def _agree(one: str | None, other: str | None, taxonomy: Taxonomy) -> bool:
    if one == other:
        return True
    if one is None or other is None or one not in taxonomy or other not in taxonomy:
        return False
    lineages = [{taxon.id for taxon in taxonomy.lineage(name)} for name in (one, other)]
    return one in lineages[1] or other in lineages[0]
