"""The taxonomy that the cards span."""

import csv
from collections.abc import Mapping
from pathlib import Path

from core.errors import TaxonomyError
from core.species.cards import SpeciesCard
from core.taxonomy import Rank, Taxon, Taxonomy, slug


def load_taxonomy(cards: Mapping[str, SpeciesCard], folder: Path) -> Taxonomy:
    """Join the cards with `higher_taxa.csv` of the same folder into one tree.

    Raises:
        TaxonomyError: A card names a genus that the table lacks, or the table contradicts itself.
    """
    taxa = _higher_taxa(folder / "higher_taxa.csv")
    for card in cards.values():
        if slug(card.genus) not in taxa:
            raise TaxonomyError(f"{card.scientific_name}: genus {card.genus} is not in higher_taxa.csv")
        taxa[card.taxon] = Taxon(
            id=card.taxon,
            rank=Rank.SPECIES,
            scientific_name=card.scientific_name,
            parent=slug(card.genus),
            names=card.common_names,
            other_names=(*card.also_called, *card.synonyms),
        )
    return Taxonomy(taxa.values())


def _higher_taxa(path: Path) -> dict[str, Taxon]:
    taxa: dict[str, Taxon] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            try:
                rank = Rank.parse(row["rank"])
            except ValueError as error:
                raise TaxonomyError(f"{path.name}, line {line}: {error}") from error
            name = row["scientific_name"]
            if slug(name) in taxa:
                raise TaxonomyError(f"{path.name}, line {line}: {name} is listed twice")
            taxa[slug(name)] = Taxon(
                id=slug(name),
                rank=rank,
                scientific_name=name,
                parent=slug(row["parent"]) or None,
                names={"en": row["common_name_en"]} if row["common_name_en"] else {},
                noun=row["noun_en"] or None,
            )
    return taxa
