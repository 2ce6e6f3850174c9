"""A small random world for the tests: a tree, classes, labels and probabilities."""

import numpy as np

from core.decision import softmax
from core.taxonomy import BLANK, HUMAN, Rank, Taxon, Taxonomy


def forest(genera: int = 5, species: int = 3) -> Taxonomy:
    """Return a tree with two families; the species of the last genus have no genus at all."""
    taxa = [
        Taxon("animalia", Rank.KINGDOM, "Animalia", None),
        Taxon("chordata", Rank.PHYLUM, "Chordata", "animalia"),
        Taxon("mammalia", Rank.CLASS, "Mammalia", "chordata"),
        Taxon("carnivora", Rank.ORDER, "Carnivora", "mammalia"),
        *(Taxon(f"family{i}", Rank.FAMILY, f"Family{i}", "carnivora") for i in (0, 1)),
    ]
    for g in range(genera):
        above = f"family{g % 2}"
        if g < genera - 1:
            taxa.append(Taxon(f"genus{g}", Rank.GENUS, f"Genus{g}", above))
            above = f"genus{g}"
        taxa += [Taxon(f"s{g}-{s}", Rank.SPECIES, f"Genus{g} s{s}", above) for s in range(species)]
    return Taxonomy(taxa)


TREE = forest()
CLASSES = (BLANK, *sorted(leaf.id for leaf in TREE.leaves), HUMAN)


def drawn(n: int = 400, *, strength: float = 3.0, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Return labels and probabilities that know them to some extent."""
    rng = np.random.default_rng(seed)
    k = len(CLASSES)
    truth = rng.integers(0, k, n)
    logits = rng.normal(0, 1.3, (n, k)) + strength * rng.random((n, 1)) * np.eye(k)[truth]
    return [CLASSES[index] for index in truth], softmax(2 * logits)
