"""What is known about a species in a country, and who says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.species import Source, SpeciesCard


class Presence(StrEnum):
    """How a species is there. `NO_RECORD` is not absence: lists have gaps."""

    NATIVE = "native"
    PERHAPS_NATIVE = "perhaps_native"
    INTRODUCED = "introduced"
    INVASIVE = "invasive"
    DOMESTIC = "domestic"
    NO_LIST = "no_list"  # nobody lists its countries, as for animals of the open sea
    ABSENT = "absent"  # only a list that somebody gave may say so
    NO_RECORD = "no_record"

    @property
    def is_expected(self) -> bool:
        """Whether meeting it there is no news."""
        return self not in (Presence.ABSENT, Presence.NO_RECORD)


@dataclass(frozen=True, slots=True)
class PresenceRecord:
    """One line of a list of species of a place that somebody gave.

    Attributes:
        country: ISO 3166-1 alpha-3.
        region: ISO 3166-2 code of a part of the country, such as `"US-TX"`; `""` for all of it.
        checklist: Name of the list.
        date: When the list says so (ISO 8601, day or year), `""` if it does not say.
    """

    taxon: str
    country: str
    presence: Presence
    checklist: str
    date: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class PlaceStatus:
    """What is known about a species at a place.

    Attributes:
        says: Titles of the sources.
        date: Newest date of these sources, ISO 8601; `""` if unknown.
        own: Whether a list that a person gave says so; such lists win.
    """

    presence: Presence
    country: str
    says: tuple[str, ...] = ()
    date: str = ""
    own: bool = False
    region: str = ""


def presence_at(
    card: SpeciesCard,
    country: str,
    *,
    sources: dict[str, Source],
    records: Iterable[PresenceRecord] = (),
    region: str = "",
) -> PlaceStatus:
    """Return the status of a species in a country, or in a region of it.

    A list that a person gave wins over the card, one for the region over one for the country, and the
    last given over the others.
    """
    own = _own_record([r for r in records if r.taxon == card.taxon and r.country == country], region)
    if own is not None:
        return PlaceStatus(own.presence, country, (own.checklist,), own.date, True, own.region)
    for presence, field, codes in (
        (Presence.NATIVE, "native", card.native),
        (Presence.INVASIVE, "invasive", card.invasive),
        (Presence.INTRODUCED, "introduced", card.introduced),
        (Presence.PERHAPS_NATIVE, "native_uncertain", card.native_uncertain),
    ):
        if country in codes:
            return PlaceStatus(presence, country, *_cited(card, field, sources))
    if card.is_domestic:
        return PlaceStatus(Presence.DOMESTIC, country, *_cited(card, "domestication", sources))
    if not card.native and not card.native_uncertain:
        return PlaceStatus(Presence.NO_LIST, country)
    return PlaceStatus(Presence.NO_RECORD, country, *_cited(card, "native", sources))


def _own_record(records: Sequence[PresenceRecord], region: str) -> PresenceRecord | None:
    inner = [record for record in records if region and record.region == region]
    outer = [record for record in records if not record.region]
    found = inner or outer
    return found[-1] if found else None


def _cited(card: SpeciesCard, field: str, sources: dict[str, Source]) -> tuple[tuple[str, ...], str]:
    known = [sources[name] for name in card.sources.get(field, ()) if name in sources]
    return tuple(one.title for one in known), max((one.retrieved for one in known), default="")
