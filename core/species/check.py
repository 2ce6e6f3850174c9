"""Proof-reading `species_info/`: `python -m core species check`.

What a schema cannot see: countries that do not exist, sources that are not listed, sections that are missing
or too long, look-alikes that name each other one way only, and sentences that two cards share.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import pycountry

from core.errors import FieldmarkError
from core.place.reporting import read_contacts
from core.species.cards import (
    LANGUAGES,
    SpeciesCard,
    load_disagreements,
    load_sources,
    read_cards,
)
from core.species.catalogue import load_taxonomy
from core.species.groups import GroupCard, read_groups
from core.taxonomy import Rank
from core.taxonomy.names import canonical

# Words that a section may have: fewer teach nothing, more nobody reads on a phone.
SECTIONS = {
    "How to recognise it": (20, 110),
    "Easily confused with": (8, 110),
    "Where and when": (7, 60),
    "How it is doing": (6, 60),
    "What helps": (4, 50),
    "Did you know": (4, 50),
}
GROUP_WORDS = (10, 90)
SHORTEST_SHARED = 4  # words; "The sexes look alike." may be said twice
LOOK_ALIKE = re.compile(r"^- \*\*(?P<common>[^*]+)\*\* \(\*(?P<name>[^*]+)\*\): \S", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\((?P<url>[^)]*)\)|(?P<bare>https?://\S+)")
NO_SOURCE = {
    "taxon", "scientific_name", "kingdom", "phylum", "class_", "order", "family", "genus",
    "common_names", "domestication", "sources", "sections", "length_type", "ids", "note",
}  # fmt: skip


def check_species(folder: Path) -> list[str]:
    """Return everything that is wrong with the cards and tables of a folder, as `file: what`."""
    try:
        cards, broken = read_cards(folder)
        groups, broken_groups = read_groups(folder)
        sources = load_sources(folder)
        taxonomy = load_taxonomy(cards, folder)
        read_contacts(folder / "reporting.csv")
    except (FieldmarkError, OSError) as error:
        return [str(error)]
    problems = [str(error) for error in (*broken, *broken_groups)]
    for card in cards.values():
        name = f"{card.scientific_name.replace(' ', '_')}.md"
        problems += [f"{name}: {text}" for text in _card(card, sources.keys())]
    problems += _one_way(cards)
    problems += _shared_sentences(cards.values(), groups.values())
    wanted = {t.id for t in taxonomy.order if Rank.CLASS <= t.rank < Rank.SPECIES}
    problems += [
        f"groups/{taxonomy.get(i).scientific_name}.md is missing" for i in sorted(wanted - set(groups))
    ]
    problems += [
        f"groups/{groups[i].scientific_name}.md: no such taxon" for i in sorted(set(groups) - wanted)
    ]
    problems += [
        f"groups/{card.scientific_name}.md: {len(card.text.split())} words, not {GROUP_WORDS[0]}-{GROUP_WORDS[1]}"
        for card in groups.values()
        if not GROUP_WORDS[0] <= len(card.text.split()) <= GROUP_WORDS[1]
    ]
    listed = (folder / "SOURCES.md").read_text(encoding="utf-8") if (folder / "SOURCES.md").is_file() else ""
    problems += [f"SOURCES.md does not list {name}" for name in sources if f"`{name}`" not in listed]
    problems += [
        f"disagreements.csv: {taxon} has no card"
        for taxon in load_disagreements(folder)
        if taxon not in cards
    ]
    return problems


def _card(card: SpeciesCard, sources: Iterable[str]) -> Iterator[str]:
    if list(card.sections) != list(SECTIONS):
        yield f"the sections must be {', '.join(SECTIONS)}"
    for title, text in card.sections.items():
        low, high = SECTIONS.get(title, (0, 1000))
        if not low <= (words := len(text.split())) <= high:
            yield f"{title!r} has {words} words, not {low}-{high}"
        for link in LINK.finditer(text):
            if not re.fullmatch(r"https://[\w.-]+\.\w{2,}(/\S*)?", link["url"] or link["bare"]):
                yield f"{title!r}: the link {link[0]} is not well-formed"
    lines = [line for line in card.sections.get("Easily confused with", "").splitlines() if line.strip()]
    if len(LOOK_ALIKE.findall("\n".join(lines))) != len(lines):
        yield "look-alikes have the form - **Name** (*Scientific name*): how to tell it"
    for codes in (card.native, card.native_uncertain, card.introduced, card.invasive):
        for code in codes:
            if code != "XKX" and pycountry.countries.get(alpha_3=code) is None:
                yield f"{code} is no country"
        if len(set(codes)) < len(codes):
            yield "a country is listed twice"
    for synonym in card.synonyms:
        if canonical(synonym) != synonym or not synonym[:1].isupper():
            yield f"the synonym {synonym!r} is no plain scientific name"
    cited = {name for names in card.sources.values() for name in names}
    if unlisted := cited - set(sources):
        yield f"sources.csv does not list {', '.join(sorted(unlisted))}"
    facts = {f.name for f in fields(card) if getattr(card, f.name)} - NO_SOURCE
    facts |= {f"common_names.{language}" for language in LANGUAGES if language in card.common_names}
    facts |= {f"ids.{name}" for name in card.ids or {}}
    if unsourced := {name for name in facts if not card.sources.get(name)}:
        yield f"no source for {', '.join(sorted(unsourced))}"


def look_alikes(card: SpeciesCard) -> dict[str, str]:
    """Return the English names of the animals that a card sets apart, by scientific name."""
    return {
        m["name"]: m["common"] for m in LOOK_ALIKE.finditer(card.sections.get("Easily confused with", ""))
    }


def _one_way(cards: Mapping[str, SpeciesCard]) -> Iterator[str]:
    by_name = {card.scientific_name: look_alikes(card) for card in cards.values()}
    for name, others in by_name.items():
        for other in others:
            if other == name:
                yield f"{name} is listed as its own look-alike"
            elif other in by_name and name not in by_name[other]:
                yield f"{other.replace(' ', '_')}.md: {name} names it as a look-alike, it does not name {name}"


def _shared_sentences(cards: Iterable[SpeciesCard], groups: Iterable[GroupCard]) -> Iterator[str]:
    owners: dict[str, set[str]] = defaultdict(set)
    for card in cards:
        for title, text in card.sections.items():
            if title != "Easily confused with":
                for sentence in _sentences(text):
                    owners[sentence].add(card.scientific_name)
    for group in groups:
        for sentence in _sentences(group.text):
            owners[sentence].add(group.scientific_name)
    for sentence, names in owners.items():
        if len(names) > 1 and len(sentence.split()) > SHORTEST_SHARED:
            yield f"{', '.join(sorted(names))} share the sentence “{sentence}”"


def _sentences(text: str) -> list[str]:
    return [s.strip().casefold() for s in re.split(r"(?<=[.!?])\s+", text) if s.strip()]
