"""Taxa that the catalogue does not have, known by their full lineage."""

from collections.abc import Iterable, Sequence

from core.taxonomy.rank import Rank
from core.taxonomy.taxon import Taxon, slug
from core.taxonomy.tree import Taxonomy

Lineage = Sequence[str]  # kingdom to species, the species as its full binomial; "" for an unknown rank


def extend(taxonomy: Taxonomy, lineages: Iterable[Lineage]) -> Taxonomy:
    """Return the tree with further species, each hung below its finest ancestor that is known.

    A species that is there already, or of which no ancestor is, changes nothing.
    """
    taxa = {taxon.id: taxon for taxon in taxonomy.order}
    for lineage in lineages:
        names = [name.strip() for name in lineage]
        anchor = max((r for r, name in enumerate(names[:-1]) if slug(name) in taxa), default=None)
        if not names[-1] or slug(names[-1]) in taxa or anchor is None:
            continue
        parent = slug(names[anchor])
        for rank in Rank:
            if rank > anchor and (name := names[rank]):
                taxa[slug(name)] = Taxon(slug(name), rank, name, parent)
                parent = slug(name)
    return Taxonomy(taxa.values())
