"""Versions of the taxonomy that people imported, kept one beside the other."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import TaxonomyError
from core.media.library import write_whole
from core.taxonomy import Rank, Taxon, Taxonomy

CARDS_ONLY = 0  # the number of the taxonomy that the cards span


@dataclass(frozen=True, slots=True)
class TaxonomyVersion:
    """One version; `source` is the name of the file that it was made from."""

    number: int
    taxa: int
    source: str
    added_at: str
    in_use: bool


@dataclass(frozen=True, slots=True)
class TaxonomyVersions:
    """The versions in `folder`; the cards' own tree is number 0 and always there."""

    folder: Path

    def add(self, taxonomy: Taxonomy, source: str, *, at: datetime) -> int:
        """Keep a version, use it from now on, and return its number."""
        number = max((n for n, _ in self._files()), default=CARDS_ONLY) + 1
        record = {
            "source": source,
            "added_at": at.isoformat(),
            "taxa": [_to_record(t) for t in taxonomy.order],
        }
        write_whole(self.folder / f"{number:04}.json", json.dumps(record).encode())
        self.use(number)
        return number

    def use(self, number: int) -> None:
        """Let a version be the taxonomy from now on.

        Raises:
            TaxonomyError: There is none of this number.
        """
        if number != CARDS_ONLY and number not in dict(self._files()):
            raise TaxonomyError(
                f"there is no taxonomy version {number}; see: python -m core taxonomy versions"
            )
        write_whole(self.folder / "in-use", f"{number}\n".encode())

    def in_use(self) -> int:
        """Return the number of the version that is used."""
        try:
            return int((self.folder / "in-use").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return CARDS_ONLY

    def load(self, number: int) -> Taxonomy:
        """Return a version other than that of the cards.

        Raises:
            TaxonomyError: It is not there, or damaged.
        """
        path = self.folder / f"{number:04}.json"
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            return Taxonomy(_from_record(one) for one in record["taxa"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TaxonomyError(
                f"{path.name} is missing or damaged ({error}); choose another version: python -m core taxonomy use 0"
            ) from error

    def all(self) -> list[TaxonomyVersion]:
        """Return the versions, oldest first, without that of the cards."""
        used, found = self.in_use(), []
        for number, path in self._files():
            record = json.loads(path.read_text(encoding="utf-8"))
            found.append(
                TaxonomyVersion(
                    number, len(record["taxa"]), record["source"], record["added_at"], number == used
                )
            )
        return found

    def _files(self) -> list[tuple[int, Path]]:
        return [(int(path.stem), path) for path in sorted(self.folder.glob("[0-9][0-9][0-9][0-9].json"))]


def _to_record(taxon: Taxon) -> dict[str, object]:
    return {
        "id": taxon.id, "rank": taxon.rank.label, "name": taxon.scientific_name, "parent": taxon.parent,
        "names": dict(taxon.names), "others": list(taxon.other_names), "noun": taxon.noun,
    }  # fmt: skip


def _from_record(record: dict[str, object]) -> Taxon:
    others, names = record["others"], record["names"]
    assert isinstance(others, list)
    assert isinstance(names, dict)
    parent, noun = record["parent"], record["noun"]
    return Taxon(
        str(record["id"]), Rank.parse(str(record["rank"])), str(record["name"]),
        None if parent is None else str(parent), names, tuple(others), None if noun is None else str(noun),
    )  # fmt: skip
