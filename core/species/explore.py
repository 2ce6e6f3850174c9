"""Choosing among all taxa that can be shown: by group, status, region, and what is native or was seen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from core.species.cards import SpeciesCard
from core.taxonomy import Rank, Taxonomy

THREATENED = ("CR", "EN", "VU")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the choice needs to know of a species; `iucn` is `None` and `native` empty without a card."""

    taxon: str
    name: str
    class_: str
    iucn: str | None = None
    native: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facets:
    """What is asked for; an empty field asks for nothing. All that are given must hold.

    Attributes:
        group: Id of the taxon that must hold the species.
        classes: Scientific names of classes.
        statuses: Red List categories.
        countries: The species must be native to one of these.
        only: Ids of the species to choose from, for a list made elsewhere (native here, in my photos).
    """

    group: str = ""
    classes: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    only: tuple[Collection[str], ...] = field(default=())


class Catalogue:
    """All species of a taxonomy, ready to be chosen from; 10,000 of them take some milliseconds."""

    def __init__(self, taxonomy: Taxonomy, cards: Mapping[str, SpeciesCard]) -> None:
        classes = {}
        for taxon in taxonomy.at(Rank.CLASS):
            classes.update(
                dict.fromkeys((leaf.id for leaf in taxonomy.leaves_under(taxon.id)), taxon.scientific_name)
            )
        self._taxonomy = taxonomy
        self.entries: tuple[Entry, ...] = tuple(
            sorted(
                (
                    _entry(leaf.id, leaf.display_name, classes.get(leaf.id, ""), cards.get(leaf.id))
                    for leaf in taxonomy.leaves
                ),
                key=lambda entry: entry.name.casefold(),
            )
        )
        self._by_id = {entry.taxon: entry for entry in self.entries}

    def choose(self, facets: Facets, order: Sequence[str] | None = None) -> list[Entry]:
        """Return the species that fit.

        Args:
            order: Ids in the order to keep, such as that of a search; by default all, by English name.
        """
        entries = self.entries if order is None else [self._by_id[i] for i in order if i in self._by_id]
        known = facets.group in self._taxonomy
        inside = {leaf.id for leaf in self._taxonomy.leaves_under(facets.group)} if known else None
        only = [frozenset(one) for one in facets.only]
        return [
            entry
            for entry in entries
            if (inside is None or entry.taxon in inside)
            and (not facets.classes or entry.class_ in facets.classes)
            and (not facets.statuses or entry.iucn in facets.statuses)
            and (not facets.countries or not facets.countries.isdisjoint(entry.native))
            and all(entry.taxon in one for one in only)
        ]


def _entry(taxon: str, name: str, class_: str, card: SpeciesCard | None) -> Entry:
    if card is None:
        return Entry(taxon, name, class_)
    return Entry(taxon, name, class_, card.iucn, frozenset(card.native))
