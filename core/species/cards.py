"""Species cards: Markdown files with a YAML head, one per species.

The head holds facts, each with its source; the body is our own prose in level-2 sections.
What is not known is absent, never guessed.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from core.errors import CardError
from core.taxonomy import slug

IUCN_CATEGORIES = ("EX", "EW", "CR", "EN", "VU", "NT", "LC", "DD", "NE")
TRENDS = ("increasing", "stable", "decreasing", "unknown")
LANGUAGES = ("en", "es", "fr", "de", "pt", "sw")
_COUNTRY = re.compile(r"[A-Z]{3}")
_UNSAFE = re.compile(r"<\s*[a-zA-Z/!]|!\[|javascript:|data:text", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from. `id="general"` marks facts that no source was found for."""

    id: str
    title: str
    licence: str
    where: str
    retrieved: str


@dataclass(frozen=True, slots=True)
class SpeciesCard:
    """Everything the app shows about a species.

    Country lists are ISO 3166-1 alpha-3 codes. Masses are grams, lengths millimetres, longevity
    years; `None` or empty means unknown, never "none". `sources` maps a field, such as `"iucn"` or
    `"common_names.sw"`, to ids of `species_info/sources.csv`; `sections` maps headings to Markdown.
    """

    taxon: str
    scientific_name: str
    kingdom: str
    phylum: str
    class_: str
    order: str
    family: str
    genus: str
    common_names: Mapping[str, str]
    domestication: str
    iucn: str
    sources: Mapping[str, tuple[str, ...]]
    sections: Mapping[str, str]
    also_called: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    iucn_year: int | None = None
    trend: str | None = None
    native: tuple[str, ...] = ()
    native_uncertain: tuple[str, ...] = ()
    introduced: tuple[str, ...] = ()
    invasive: tuple[str, ...] = ()
    marine_basins: tuple[str, ...] = ()
    realms: tuple[str, ...] = ()
    habitats: tuple[str, ...] = ()
    diet: str | None = None
    activity: tuple[str, ...] = ()
    body_mass_g: float | None = None
    body_mass_female_g: float | None = None
    body_mass_male_g: float | None = None
    length_mm: float | None = None
    length_type: str | None = None
    longevity_y: float | None = None
    group_size: float | None = None
    ids: Mapping[str, str] | None = None
    note: str | None = None

    @property
    def is_domestic(self) -> bool:
        """True for animals that live only with people, such as cattle."""
        return self.domestication == "domesticated"


_FIELDS = {field.name for field in fields(SpeciesCard)} - {"sections"}
_LISTS = {field.name for field in fields(SpeciesCard) if field.type == tuple[str, ...]}
_NUMBERS = {field.name for field in fields(SpeciesCard) if field.type in (float | None, int | None)}
_TEXTS = {field.name for field in fields(SpeciesCard) if field.type in (str, str | None)}
_TABLES = {"common_names", "sources", "ids"}
_COUNTRY_FIELDS = ("native", "native_uncertain", "introduced", "invasive")


def load_card(path: Path) -> SpeciesCard:
    """Read one card.

    Raises:
        CardError: The file is not a card, or a field is missing, unknown or out of range.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{path.name}: cannot be read as UTF-8 text: {error}") from error
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise CardError(f"{path.name}: a card starts with a YAML head between two lines of ---")
    try:
        head = yaml.load(parts[1], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise CardError(f"{path.name}: the head is not YAML: {error}") from error
    return _build(path, head, _sections(parts[2]))


def _build(path: Path, head: Any, sections: Mapping[str, str]) -> SpeciesCard:
    if not isinstance(head, dict):
        raise CardError(f"{path.name}: the head must be a list of `field: value` lines")
    values = {("class_" if key == "class" else str(key)): value for key, value in head.items()}
    if unknown := set(values) - _FIELDS:
        raise CardError(f"{path.name}: unknown field {', '.join(sorted(unknown))}")
    if problems := [text for name in sorted(values) if (text := _misshapen(name, values[name]))]:
        raise CardError(f"{path.name}: {'; '.join(problems)}")
    for name in _LISTS & set(values):
        values[name] = tuple(str(item) for item in values[name])
    values["sources"] = {key: tuple(ids) for key, ids in values.get("sources", {}).items()}
    try:
        card = SpeciesCard(sections=sections, **values)
    except TypeError as error:
        raise CardError(f"{path.name}: {error}") from error
    _check(path, card)
    return card


def _misshapen(name: str, value: Any) -> str | None:
    """Say what shape a field should have if it has another; YAML reads `no` as false, 12 as a number."""
    if name in _LISTS and not isinstance(value, list):
        return f"{name} must be a list, like [a, b]"
    if name in _TEXTS and not isinstance(value, str):
        return f"{name} must be text, not {value!r}"
    if name in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0):
        return f"{name} must be a number above 0, not {value!r}; leave out what is unknown"
    if name not in _TABLES:
        return None
    kind = list if name == "sources" else str
    if not isinstance(value, dict) or not all(isinstance(item, kind) for item in value.values()):
        example = "iucn: [iucn-2025]" if name == "sources" else 'en: "Leopard"'
        return f"{name} must be a table with lines like {example}"
    return None


def _check(path: Path, card: SpeciesCard) -> None:
    problems = []
    if card.taxon != slug(card.scientific_name):
        problems.append(f"taxon must be {slug(card.scientific_name)!r}")
    if path.stem != card.scientific_name.replace(" ", "_"):
        problems.append(f"the file must be called {card.scientific_name.replace(' ', '_')}.md")
    if card.iucn not in IUCN_CATEGORIES:
        problems.append(f"iucn {card.iucn!r} is none of {', '.join(IUCN_CATEGORIES)}")
    if card.trend is not None and card.trend not in TRENDS:
        problems.append(f"trend {card.trend!r} is none of {', '.join(TRENDS)}")
    if "en" not in card.common_names or set(card.common_names) - set(LANGUAGES):
        problems.append(f"common_names needs en, and only {', '.join(LANGUAGES)} are known")
    for name in _COUNTRY_FIELDS:
        if bad := [code for code in getattr(card, name) if not _COUNTRY.fullmatch(code)]:
            problems.append(f"{name}: {', '.join(bad)} is no ISO 3166-1 alpha-3 code")
    for name in ("iucn", "taxonomy", "common_names.en"):
        if name not in card.sources:
            problems.append(f"no source for {name}")
    problems += [
        f"{title!r}: {problem}" for title, text in card.sections.items() if (problem := unsafe(text))
    ]
    if problems:
        raise CardError(f"{path.name}: {'; '.join(problems)}")


def unsafe(prose: str) -> str | None:
    """Say what prose may not hold: cards come from anybody, and must not run or load anything."""
    found = _UNSAFE.search(prose)
    return f"HTML, pictures and scripts are not allowed in a card ({found[0]!r})" if found else None


def _sections(body: str) -> dict[str, str]:
    pieces = re.split(r"^## +(.+)$", body, flags=re.MULTILINE)
    return {title.strip(): text.strip() for title, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def load_cards(folder: Path) -> dict[str, SpeciesCard]:
    """Read all cards of a folder, by taxon id, in order of scientific name.

    Raises:
        CardError: The folder holds no card, or one of them is broken.
    """
    cards, problems = read_cards(folder)
    if problems:
        raise problems[0]
    return cards


def read_cards(folder: Path) -> tuple[dict[str, SpeciesCard], tuple[CardError, ...]]:
    """Read the cards that can be read, and say what is wrong with the others.

    Raises:
        CardError: No card can be read.
    """
    cards: dict[str, SpeciesCard] = {}
    problems: list[CardError] = []
    for path in sorted(folder.glob("[A-Z]*_*.md")):
        try:
            card = load_card(path)
        except CardError as error:
            problems.append(error)
        else:
            cards[card.taxon] = card
    if not cards:
        raise (
            problems[0]
            if problems
            else CardError(f"no species cards in {folder}; expected files like Panthera_pardus.md")
        )
    return cards, tuple(problems)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What two sources say about one field of a card; the card follows the first."""

    taxon: str
    field: str
    says: str
    but: str


def load_disagreements(folder: Path) -> dict[str, tuple[Disagreement, ...]]:
    """Read `disagreements.csv`, by taxon id; a folder without it has none."""
    path = folder / "disagreements.csv"
    found: dict[str, tuple[Disagreement, ...]] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found[row["taxon"]] = (*found.get(row["taxon"], ()), Disagreement(**row))
    return found


def load_sources(folder: Path) -> dict[str, Source]:
    """Read `sources.csv`, by id."""
    with (folder / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: Source(**row) for row in csv.DictReader(file)}
