"""Random trees and probabilities over them."""

import numpy as np

from core.taxonomy import BLANK, Rank, Taxon, Taxonomy


def random_tree(rng: np.random.Generator, species: int) -> Taxonomy:
    """Return a tree in which lineages skip ranks and siblings may be of different ranks."""
    taxa = [Taxon("root", Rank.KINGDOM, "Root", None)]
    for number in range(species):
        above = taxa[0]
        while above.rank < Rank.GENUS and rng.random() < 0.8:
            known = [t for t in taxa if t.parent == above.id and t.rank < Rank.SPECIES]
            if known and rng.random() < 0.7:
                above = known[rng.integers(len(known))]
                continue
            rank = Rank(int(rng.integers(above.rank + 1, Rank.SPECIES)))
            above = Taxon(f"t{len(taxa)}", rank, f"T{len(taxa):04}", above.id)
            taxa.append(above)
        taxa.append(Taxon(f"s{number}", Rank.SPECIES, f"S{number:04}", above.id))
    return Taxonomy(taxa)


def with_blank(tree: Taxonomy) -> list[str]:
    """Return the classes of a model, on purpose not in the order of the tree."""
    return [BLANK, *(leaf.id for leaf in reversed(tree.leaves))]


def random_rows(rng: np.random.Generator, n: int, classes: int, spread: float = 2.0) -> np.ndarray:
    """Return `n` rows of probabilities, some nearly flat and some nearly sure."""
    scores = rng.normal(0, spread, (n, classes)) * rng.uniform(0.1, 4, (n, 1))
    rows = np.exp(scores - scores.max(axis=1, keepdims=True))
    return rows / rows.sum(axis=1, keepdims=True)


def is_within(tree: Taxonomy, inner: int, outer: int) -> bool:
    """Whether one position of `order` lies under another or is the same, by walking up."""
    while inner not in (-1, outer):
        inner = int(tree.parents[inner])
    return inner == outer
