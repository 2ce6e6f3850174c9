"""Short cards for genera, families, orders and classes: `species_info/groups/Felidae.md`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import CardError
from core.species.cards import unsafe
from core.taxonomy import slug


@dataclass(frozen=True, slots=True)
class GroupCard:
    """What the members of a higher taxon share and how to tell them apart, in our own words."""

    taxon: str
    scientific_name: str
    text: str


def load_group(path: Path) -> GroupCard:
    """Read one short card: a heading with the scientific name, then prose.

    Raises:
        CardError: The file has another form.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{path.name}: cannot be read as UTF-8 text: {error}") from error
    heading, _, prose = text.partition("\n")
    name = heading.removeprefix("# ").strip()
    if not heading.startswith("# ") or name != path.stem or not prose.strip():
        raise CardError(f"{path.name}: a short card is the line “# {path.stem}” and a text below it")
    if problem := unsafe(prose):
        raise CardError(f"{path.name}: {problem}")
    return GroupCard(slug(name), name, prose.strip())


def read_groups(folder: Path) -> tuple[Mapping[str, GroupCard], tuple[CardError, ...]]:
    """Read the short cards of a folder by taxon id, and say what is wrong with those that cannot be read."""
    groups: dict[str, GroupCard] = {}
    problems: list[CardError] = []
    for path in sorted((folder / "groups").glob("*.md")):
        try:
            card = load_group(path)
        except CardError as error:
            problems.append(error)
        else:
            groups[card.taxon] = card
    return groups, tuple(problems)
