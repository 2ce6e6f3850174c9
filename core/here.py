"""The service that says how the identified species is in the country where a photo was taken."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.decision import Outcome
from core.identify import Identification
from core.place import Borders, PlaceStatus, PresenceRecord, presence_at
from core.species import Source, SpeciesCard


@dataclass(frozen=True, slots=True)
class Here:
    """What is needed to know it.

    Attributes:
        records: Returns what people's own lists say about a country.
        country: Of photos without a position, "" if it is not known.
    """

    borders: Borders
    cards: Mapping[str, SpeciesCard]
    sources: Mapping[str, Source]
    records: Callable[[str], Sequence[PresenceRecord]]
    country: str = ""

    def presence(self, item: Identification) -> PlaceStatus | None:
        """Return the status of the species that a photo was identified as, where it was taken.

        `None` if no species with a card was named, or the place is not known or at sea.
        """
        answer = item.answer
        if answer is None or answer.outcome is not Outcome.IDENTIFIED or answer.taxon is None:
            return None
        card, country = self.cards.get(answer.taxon.id), self._country(item)
        if card is None or not country:
            return None
        return presence_at(card, country, sources=dict(self.sources), records=self.records(country))

    def _country(self, item: Identification) -> str:
        position = item.photo.capture.position if item.photo is not None else None
        if position is None:
            return self.country
        found = self.borders.locate(position.latitude, position.longitude)
        return found.country if found else ""
