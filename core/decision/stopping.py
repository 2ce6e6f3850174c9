"""Three ways to choose the taxon to name, all from the same probabilities of nodes.

Climbing names the deepest taxon that reaches a target; DARTS trades information against accuracy with
one multiplier; minimum risk weighs every possible truth by how far it is in the tree. `nodes` is
`Distribution.nodes`, a row per photo; a chosen taxon is its position in `taxonomy.order`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from core.decision.truth import NO_TAXON, covers, label_positions
from core.errors import CalibrationError
from core.taxonomy import Rank, Taxonomy

Nodes = NDArray[np.floating]
Positions = NDArray[np.intp]
MOST_CAUTION = 1e6  # beyond this, DARTS names nothing but the root
BISECTIONS = 40


def paths(nodes: Nodes, taxonomy: Taxonomy) -> Positions:
    """Return the one path of each photo on which all its answers lie, whatever the target.

    The path follows the majority as long as there is one, and from there leads to the best species:
    so no target above 0.5 misses a taxon that reaches it, and a higher target always gives the same
    taxon or an ancestor of it.

    Args:
        nodes: Shape `(n, len(taxonomy.order))`.

    Returns:
        Shape `(n, 7)`: the taxon at each rank, kingdom first; `NO_TAXON` where the lineage skips it.
    """
    count = len(taxonomy.order)
    # Taxa with more than half of everything form a chain, and the deepest comes last in tree order.
    majority = count - 1 - np.argmax((nodes > 0.5)[:, ::-1], axis=1)
    majority = np.where((nodes > 0.5).any(axis=1), majority, 0)
    of_leaves = np.flatnonzero(taxonomy.ranks == Rank.SPECIES)
    leaf = np.arange(len(of_leaves))
    start, stop = taxonomy.spans[majority].T
    inside = (leaf >= start[:, None]) & (leaf < stop[:, None])
    current = of_leaves[np.argmax(np.where(inside, nodes[:, of_leaves], -1.0), axis=1)]
    found = np.full((len(nodes), len(Rank)), NO_TAXON, dtype=np.intp)
    rows = np.arange(len(nodes))
    while len(rows):
        found[rows, taxonomy.ranks[current]] = current
        current = taxonomy.parents[current]
        rows, current = rows[current >= 0], current[current >= 0]
    return found


def climb(nodes: Nodes, taxonomy: Taxonomy, target: float, *, finest: Rank = Rank.SPECIES) -> Positions:
    """Name the deepest taxon whose probability reaches the target (climbing: Goren et al., 2024).

    Goren et al. climb from the best species. Here the climb starts at the best species under the
    majority (see `paths`), which never ends higher at targets above 0.5.

    Args:
        target: In (0, 1].
        finest: Name nothing finer than this rank.

    Returns:
        Shape `(n,)`; `NO_TAXON` where not even the root reaches the target.
    """
    path = paths(nodes, taxonomy)[:, : finest + 1]
    reached = (path >= 0) & (np.take_along_axis(nodes, np.maximum(path, 0), axis=1) >= target)
    deepest = path.shape[1] - 1 - np.argmax(reached[:, ::-1], axis=1)
    return np.where(reached.any(axis=1), path[np.arange(len(path)), deepest], NO_TAXON)


def information(taxonomy: Taxonomy) -> NDArray[np.float64]:
    """Return, per taxon of `order`, how much it tells: 0 for the root, 1 for a species.

    I(v) = log(K / leaves under v) / log K for K species (Deng et al., 2012).
    """
    under = np.maximum(1, taxonomy.spans[:, 1] - taxonomy.spans[:, 0])
    leaves = len(taxonomy.leaves)
    if leaves == 1:  # nothing is left to tell
        return np.ones(len(under))
    told = np.log(leaves / under) / np.log(leaves)
    told[taxonomy.spans[:, 1] == taxonomy.spans[:, 0]] = 0.0
    return np.asarray(told, np.float64)


def darts(nodes: Nodes, taxonomy: Taxonomy, caution: float) -> Positions:
    """Name the taxon with the most (I(v) + caution) P(v) (DARTS: Deng et al., 2012).

    Args:
        caution: ν >= 0, see `fit_caution`; 0 aims at information alone.

    Returns:
        Shape `(n,)`; of equal taxa, such as a genus and its only species, the last in tree order.
    """
    reward = (information(taxonomy) + caution) * nodes
    return np.asarray(reward.shape[1] - 1 - np.argmax(reward[:, ::-1], axis=1), np.intp)


def fit_caution(
    nodes: Nodes, labels: Sequence[str], taxonomy: Taxonomy, *, error: float, confidence: float = 0.95
) -> float:
    """Return the least caution at which DARTS is surely accurate enough (Deng et al., 2012).

    "Surely": the lower end of the one-sided Clopper-Pearson interval of the accuracy is at least
    `1 - error`. Found by bisection.

    Args:
        nodes: Of photos that the network was not trained on.
        labels: Taxon ids of any rank; photos with a label of `FLAGS` are left out.
        error: Accepted share of wrong names, in (0, 1).

    Raises:
        CalibrationError: There are too few photos, or not even the root is right often enough.
    """
    truth = label_positions(labels, taxonomy)
    nodes, truth = nodes[truth >= 0], truth[truth >= 0]

    def sure(caution: float) -> bool:
        right = int(covers(taxonomy, darts(nodes, taxonomy, caution), truth).sum())
        return _least_accuracy(right, len(truth), confidence) >= 1 - error

    if sure(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while not sure(high):
        low, high = high, 10 * high
        if high > MOST_CAUTION:
            raise CalibrationError(
                f"DARTS: an error of {error:g} cannot be promised with n = {len(truth)}; "
                "give more held-out photos or accept a larger error"
            )
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if sure(middle) else (middle, high)
    return high


def _least_accuracy(right: int, n: int, confidence: float) -> float:
    return float(betaincinv(right, n - right + 1, 1 - confidence)) if right else 0.0


def minimum_risk(nodes: Nodes, taxonomy: Taxonomy, *, untold: float = 1.0) -> Positions:
    """Name the taxon with the least expected distance to the truth (CRM: Karthik et al., 2021).

    The cost of naming v for the species y counts the steps of the tree from v up to their lowest
    common ancestor, said wrongly, and from there down to y, left untold. Inner taxa may be named. With
    `untold = 1` this is the distance in the tree, and the choice its median: the deepest taxon that
    has the majority.

    Args:
        untold: Cost of a step that is left untold, against 1 for a step said wrongly; above 0.

    Returns:
        Shape `(n,)`; of equally good taxa the last in tree order.
    """
    risk = np.zeros_like(nodes, dtype=np.float64)
    mass = nodes[:, :1]
    for rank in list(Rank)[1:]:  # one step down is wrong for all species that are not under it
        here = np.flatnonzero((taxonomy.ranks == rank) & (taxonomy.parents >= 0))
        step = (mass - nodes[:, here]) - untold * nodes[:, here]
        risk[:, here] = risk[:, taxonomy.parents[here]] + step
    return np.asarray(risk.shape[1] - 1 - np.argmin(risk[:, ::-1], axis=1), np.intp)
