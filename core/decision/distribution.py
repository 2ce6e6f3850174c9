"""One probability over leaves; every rank by summing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.decision.stopping import climb
from core.taxonomy import BLANK, FLAGS, Rank, Taxon, Taxonomy


@dataclass(frozen=True, slots=True)
class Candidate:
    """A taxon and its calibrated probability."""

    taxon: Taxon
    probability: float


class Distribution:
    """Calibrated probabilities over the whole tree, and of what is no listed taxon at all.

    Attributes:
        nodes: Shape `(len(taxonomy.order),)`: the probability of every taxon, parents before children.
        flags: Probability of each label of `FLAGS` that the model knows, such as `BLANK`.
    """

    def __init__(
        self, taxonomy: Taxonomy, classes: Sequence[str], probabilities: NDArray[np.floating]
    ) -> None:
        """Sum class probabilities up the tree.

        Args:
            classes: Taxon ids of all leaves of `taxonomy`, and labels of `FLAGS`, in any order.
            probabilities: Shape `(len(classes),)`, summing to 1.
        """
        self.taxonomy = taxonomy
        self.nodes = taxonomy.sum_up(probabilities[taxonomy.leaf_columns(classes)])
        self.flags = {
            name: float(probabilities[list(classes).index(name)]) for name in FLAGS if name in classes
        }

    @classmethod
    def many(
        cls, taxonomy: Taxonomy, classes: Sequence[str], probabilities: NDArray[np.floating]
    ) -> "list[Distribution]":
        """Return a distribution for each row of `(n, len(classes))`; the sums are done at once."""
        flags = [(name, list(classes).index(name)) for name in FLAGS if name in classes]
        found = []
        for row, nodes in zip(
            probabilities, taxonomy.sum_up(probabilities[:, taxonomy.leaf_columns(classes)]), strict=True
        ):
            one = cls.__new__(cls)
            one.taxonomy, one.nodes = taxonomy, nodes
            one.flags = {name: float(row[column]) for name, column in flags}
            found.append(one)
        return found

    @property
    def blank(self) -> float:
        """The probability that there is no animal."""
        return self.flags.get(BLANK, 0.0)

    def probability(self, taxon_id: str) -> float:
        """Return the probability of a taxon: the sum over all species under it."""
        return float(self.nodes[self.taxonomy.index(taxon_id)])

    def top(self, k: int, rank: Rank = Rank.SPECIES) -> tuple[Candidate, ...]:
        """Return the `k` most probable taxa of a rank, best first; ties in tree order."""
        of_rank = np.flatnonzero(self.taxonomy.ranks == rank)
        best = of_rank[np.argsort(-self.nodes[of_rank], kind="stable")[:k]]
        return tuple(self._candidate(index) for index in best)

    def deepest(self, target: float, finest: Rank = Rank.SPECIES) -> Candidate | None:
        """Return the deepest taxon that reaches `target`, at most as fine as `finest`.

        A higher target gives the same taxon, an ancestor of it, or none: see `stopping.climb`.
        """
        found = climb(self.nodes[None], self.taxonomy, target, finest=finest)[0]
        return self._candidate(found) if found >= 0 else None

    def ladder(self, through: str | None = None) -> tuple[Candidate, ...]:
        """Return kingdom to species: the lineage of the most probable species under a taxon."""
        tree = self.taxonomy
        start, stop = tree.spans[tree.index(through or tree.root.id)]
        of_leaves = np.flatnonzero(tree.ranks == Rank.SPECIES)[start:stop]
        best = tree.order[of_leaves[np.argmax(self.nodes[of_leaves])]]
        return tuple(self._candidate(tree.index(taxon.id)) for taxon in tree.lineage(best.id))

    def _candidate(self, index: np.intp | int) -> Candidate:
        return Candidate(self.taxonomy.order[index], float(self.nodes[index]))
