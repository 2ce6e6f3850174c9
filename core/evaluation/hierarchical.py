"""How wrong a wrong answer is, by the tree.

Calling a leopard a jaguar is a smaller mistake than calling it a pigeon. Sets of ancestors, without the
root, and the height of the lowest common ancestor tell the two apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.taxonomy import Rank, Taxonomy


@dataclass(frozen=True, slots=True)
class HierarchicalScores:
    """Figures over `n` photos of animals.

    Attributes:
        precision, recall, f1: Shared ancestors over those predicted, over those true, and their harmonic
            mean, pooled over photos (Kiritchenko et al., 2006).
        distance: Mean height of the lowest common ancestor of truth and prediction in ranks: 0 if right,
            1 within the genus, 6 where only the kingdom is shared (Bertinetto et al., 2020).
        severity: The same over mistakes only, `None` if there are none.
    """

    n: int
    precision: float
    recall: float
    f1: float
    distance: float
    severity: float | None


def hierarchical_scores(
    *, y_true: Sequence[str], y_pred: Sequence[str], taxonomy: Taxonomy
) -> HierarchicalScores:
    """Compare taxa of any rank, `y_pred` with `y_true`.

    A prediction above the species shares all that it says; it loses recall, not precision.

    Raises:
        TaxonomyError: A taxon is unknown.
        ValueError: The lists differ in length or are empty.
    """
    if len(y_true) != len(y_pred) or not y_true:
        raise ValueError("need as many predictions as labels, and at least one")
    sets = {name: _ancestors(name, taxonomy) for name in {*y_true, *y_pred}}
    shared = np.array([len(sets[t] & sets[p]) for t, p in zip(y_true, y_pred, strict=True)])
    true = np.array([len(sets[t]) for t in y_true])
    predicted = np.array([len(sets[p]) for p in y_pred])
    heights = lca_heights(y_true=y_true, y_pred=y_pred, taxonomy=taxonomy)
    precision = float(shared.sum() / max(1, predicted.sum()))
    recall = float(shared.sum() / max(1, true.sum()))
    wrong = heights > 0
    return HierarchicalScores(
        n=len(y_true),
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / max(1e-12, precision + recall),
        distance=float(heights.mean()),
        severity=float(heights[wrong].mean()) if wrong.any() else None,
    )


def animal_scores(
    *, y_true: Sequence[str], y_pred: Sequence[str], taxonomy: Taxonomy
) -> HierarchicalScores | None:
    """Return `hierarchical_scores` of the photos whose label and prediction are both taxa, not flags; `None` without any."""
    pairs = [(t, p) for t, p in zip(y_true, y_pred, strict=True) if t in taxonomy and p in taxonomy]
    if not pairs:
        return None
    return hierarchical_scores(y_true=[t for t, _ in pairs], y_pred=[p for _, p in pairs], taxonomy=taxonomy)


def lca_heights(*, y_true: Sequence[str], y_pred: Sequence[str], taxonomy: Taxonomy) -> NDArray[np.intp]:
    """Return `(n,)`: ranks from the species up to the lowest taxon that both share."""
    lineages = {name: {t.id for t in taxonomy.lineage(name)} for name in {*y_true, *y_pred}}
    found = []
    for truth, guess in zip(y_true, y_pred, strict=True):
        shared = [taxonomy.get(name).rank for name in lineages[truth] & lineages[guess]]
        found.append(Rank.SPECIES - max(shared))
    return np.array(found, dtype=np.intp)


def _ancestors(name: str, taxonomy: Taxonomy) -> frozenset[str]:
    return frozenset(taxon.id for taxon in taxonomy.lineage(name)[1:])
