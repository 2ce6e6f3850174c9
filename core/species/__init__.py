"""What we know and teach about each species."""

from core.species.cards import Source, SpeciesCard, load_card, load_cards, load_sources
from core.species.catalogue import load_taxonomy

__all__ = ["Source", "SpeciesCard", "load_card", "load_cards", "load_sources", "load_taxonomy"]
