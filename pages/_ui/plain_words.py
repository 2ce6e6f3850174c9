"""The terms of the databases in words that a pupil knows."""

from collections.abc import Iterable

ACTIVITY = {
    "diurnal": "by day",
    "nocturnal": "at night",
    "crepuscular": "at dusk and dawn",
    "cathemeral": "day and night",
}
DIET = {
    "herbivore (leaves, grass, other plant)": "leaves, grass and other plants",
    "herbivore (mixed plant)": "plants",
    "herbivore aquatic": "water plants",
    "herbivore terrestrial": "plants",
    "herbivorous": "plants",
    "frugivore": "fruit",
    "granivore": "seeds",
    "aquatic predator": "fish and other water animals",
    "carnivore (mixed animal prey)": "other animals",
    "carnivorous": "other animals",
    "invertivore": "insects and other small animals",
    "omnivore": "plants and animals",
    "piscivore": "fish",
    "scavenger": "dead animals",
    "vertivore": "other animals, mostly with a backbone",
}
HABITAT = {
    "artificial aquatic": "ponds and canals made by people",
    "artificial terrestrial": "fields, gardens and towns",
    "caves and subterranean": "caves",
    "coastal": "coasts",
    "human modified": "fields, gardens and towns",
    "inland wetlands": "rivers, lakes and swamps",
    "introduced vegetation": "planted trees",
    "marine": "sea",
    "marine coastal/supratidal": "coasts",
    "marine intertidal": "shores between the tides",
    "marine neritic": "shallow sea",
    "marine oceanic": "open sea",
    "semi_aquatic": "land beside water",
    "arboreal": "trees",
    "terrestrial": "ground",
    "shrubland": "bush",
    "wetland": "wetland",
    "other": "",
}


def said(terms: Iterable[str], words: dict[str, str]) -> str:
    """Return terms in plain words, each once, with commas; what has no plain word stays as it is."""
    return ", ".join(dict.fromkeys(word for term in terms if (word := words.get(term, term))))
