"""How the formats of labels read a cell: a name, a word, a number, a box, or a clear refusal."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from core.errors import FormatError
from core.formats.exchange import DIGITS, round_box
from core.media import valid_text
from core.store import Box, Certainty, Details, HigherRankReason, LifeStage, Sex
from core.taxonomy import HUMAN, Rank, Taxonomy
from core.taxonomy.names import Names, plain

Word = TypeVar("Word", bound=StrEnum)
_NO_ANIMAL = ("no animal", "nothing", "none", "false trigger", "false positive", "misfire")
MOST_ANIMALS = 100_000  # in one photo
_ANY_ANIMAL = ("animal", "unknown animal", "unidentified animal")


class Meanings:
    """Which taxon a file means: by our id, a scientific, English or other name, or the finest rank spelt out."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._names = Names(taxonomy)

    def of(self, *names: str | None) -> str | None:
        """Return what the first name that means anything stands for: a taxon id, or `None` for no animal.

        Raises:
            FormatError: None of them means anything.
        """
        given = [name for name in names if name]
        for name in given:
            if name in self._taxonomy:
                return name
            if plain(name) in _NO_ANIMAL:
                return None
            if plain(name) in _ANY_ANIMAL:
                return self._taxonomy.root.id
            if found := self._names.find(name):
                return None if found[1] == "flag" else found[0]
            if taxon := self._names.taxon(name):
                return taxon
        raise FormatError(f"{given[0]!r} is none of our taxa" if given else "it names no taxon")

    def is_person(self, *names: str | None) -> bool:
        """Whether one of the names means a person."""
        return any(name and self._names.find(name) == (HUMAN, "flag") for name in names)


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that say something; zero does."""
    return {
        key: value for key, value in values.items() if not (value is None or value is False or value == "")
    }


def lineage_names(cells: Mapping[str, Any]) -> list[str]:
    """Return the names under the columns of the seven ranks, finest first."""
    return [str(cells[rank.label]) for rank in reversed(Rank) if cells.get(rank.label)]


def lineage_cells(taxon: str | None, taxonomy: Taxonomy) -> dict[str, str]:
    """Return scientific name, rank and the names of all ranks of a taxon; nothing for one that the tree has not."""
    if taxon is None or taxon not in taxonomy:
        return {}
    own = taxonomy.get(taxon)
    steps = {step.rank.label: step.scientific_name for step in taxonomy.lineage(taxon)}
    return {"scientific_name": own.scientific_name, "rank": own.rank.label, **steps}


def read_box(x: float, y: float, w: float, h: float) -> Box:
    """Return a box given in shares of the photo.

    Raises:
        FormatError: It does not lie in the photo.
    """
    box = round_box(Box(float(x), float(y), float(w), float(h)))
    edge = 1 + 2 * 10.0**-DIGITS
    if not (0 <= box.x <= 1 and 0 <= box.y <= 1 and box.w > 0 and box.h > 0) or (
        box.x + box.w > edge or box.y + box.h > edge
    ):
        raise FormatError(f"the box {x:g}, {y:g}, {w:g}, {h:g} does not lie in the photo")
    return box


def read_details(given: Mapping[str, Any]) -> Details:
    """Return what a file says beside the taxon, under the names of the fields of `Details`.

    Raises:
        FormatError: A word or a number that we have not.
    """
    count = whole_of(given, "count")
    if count > MOST_ANIMALS:
        raise FormatError(f"a count of {count} animals in one photo cannot be meant")
    return Details(
        certainty=_word(Certainty, given, "certainty"),
        count=count or None,
        sex=_word(Sex, given, "sex"),
        life_stage=_word(LifeStage, given, "life_stage"),
        behaviour=text_of(given, "behaviour"),
        individual=text_of(given, "individual"),
    )


def read_reason(given: Mapping[str, Any]) -> HigherRankReason:
    """Return why a label stops above species.

    Raises:
        FormatError: A word that we have not.
    """
    return _word(HigherRankReason, given, "reason") or HigherRankReason.NONE


def read_moment(text: str) -> datetime | None:
    """Return a time in UTC, `None` for an empty text.

    Raises:
        FormatError: It is no time, or one without a zone.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FormatError(f"{text!r} is no time such as 2026-03-04T05:06:07+00:00") from None
    if moment.tzinfo is None:
        raise FormatError(f"the time {text!r} does not say its zone, such as +00:00 or Z")
    return moment.astimezone(UTC)


def number_of(given: Mapping[str, Any], name: str) -> float | None:
    """Return a number, `None` where there is none.

    Raises:
        FormatError: It is no finite number.
    """
    value = given.get(name)
    if value in (None, ""):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FormatError(f"{name} is a number, not {value!r}")
    return number


def whole_of(given: Mapping[str, Any], name: str) -> int:
    """Return a whole number, 0 where there is none.

    Raises:
        FormatError: It is no whole number from 0 on.
    """
    number = number_of(given, name) or 0
    if number < 0 or number != int(number):
        raise FormatError(f"{name} is a whole number, not {number:g}")
    return int(number)


def text_of(given: Mapping[str, Any], name: str) -> str:
    """Return a text without spaces around it, `""` where there is none."""
    value = given.get(name)
    return "" if value is None else valid_text(str(value)).strip()


def _word(kind: type[Word], given: Mapping[str, Any], name: str) -> Word | None:
    text = text_of(given, name).lower().replace(" ", "_")
    if not text or text == "unknown":
        return None
    try:
        return kind(text)
    except ValueError:
        raise FormatError(f"the {name} {text!r} is none of {', '.join(kind)}") from None
