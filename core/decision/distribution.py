"""One probability over leaves; every rank by summing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.taxonomy import BLANK, Rank, Taxon, Taxonomy


@dataclass(frozen=True, slots=True)
class Candidate:
    """A taxon and its calibrated probability."""

    taxon: Taxon
    probability: float


class Distribution:
    """Calibrated probabilities over the whole tree, and of there being no animal at all."""

    def __init__(
        self, taxonomy: Taxonomy, classes: Sequence[str], probabilities: NDArray[np.floating]
    ) -> None:
        """Sum class probabilities up the tree.

        Args:
            classes: Taxon ids of all leaves of `taxonomy`, and perhaps `BLANK`, in any order.
            probabilities: Shape `(len(classes),)`, summing to 1.
        """
        self.taxonomy = taxonomy
        self._by_id = taxonomy.roll_up(probabilities[taxonomy.leaf_columns(classes)])
        self.blank = float(probabilities[list(classes).index(BLANK)]) if BLANK in classes else 0.0

    def probability(self, taxon_id: str) -> float:
        """Return the probability of a taxon: the sum over all species under it."""
        return self._by_id[taxon_id]

    def top(self, k: int, rank: Rank = Rank.SPECIES) -> tuple[Candidate, ...]:
        """Return the `k` most probable taxa of a rank, best first; ties in tree order."""
        candidates = [Candidate(taxon, self._by_id[taxon.id]) for taxon in self.taxonomy.at(rank)]
        return tuple(sorted(candidates, key=lambda c: -c.probability)[:k])

    def deepest(self, target: float) -> Candidate | None:
        """Return the finest taxon whose probability reaches `target`, most probable if several."""
        clearing = [taxon for taxon in self.taxonomy.order if self._by_id[taxon.id] >= target]
        if not clearing:
            return None
        best = max(clearing, key=lambda taxon: (taxon.rank, self._by_id[taxon.id]))
        return Candidate(best, self._by_id[best.id])

    def ladder(self, through: str | None = None) -> tuple[Candidate, ...]:
        """Return kingdom to species: the lineage of the most probable species under a taxon."""
        leaves = self.taxonomy.leaves_under(through or self.taxonomy.root.id)
        best = max(leaves, key=lambda leaf: self._by_id[leaf.id])
        return tuple(Candidate(t, self._by_id[t.id]) for t in self.taxonomy.lineage(best.id))
