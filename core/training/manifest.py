"""The list of labelled photos that a model is trained and judged on."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from core.errors import ManifestError
from core.taxonomy import BLANK, Rank, Taxonomy, slug

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
REQUIRED = ("file", "scientific_name", "split")
EMPTY_NAMES = frozenset({"empty", "blank"})


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """One row of a manifest.

    Attributes:
        path: The photo file.
        label: Taxon id of a species, or `BLANK`.
        group: Near-duplicates and sequences share a group and never straddle splits.
        kind: `"photo"` or `"camera_trap"`, for reporting; `""` if unknown.
        source, licence_class: Where the photo came from and under which class of licence.
    """

    path: Path
    label: str
    split: Split
    group: str = ""
    kind: str = ""
    source: str = ""
    licence_class: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All labelled photos that may be used, and the hash of the file that listed them.

    `quarantined` photos were left out: their group (near-duplicates, one sequence) reaches into a
    more protected split, test before val before train, and would flatter the score there.
    """

    photos: tuple[LabelledPhoto, ...]
    quarantined: tuple[LabelledPhoto, ...]
    sha256: str

    def split(self, name: Split) -> tuple[LabelledPhoto, ...]:
        """Return the photos of one split, in the order of the file."""
        return tuple(photo for photo in self.photos if photo.split == name)


def read_manifest(
    path: Path,
    photos: Path,
    taxonomy: Taxonomy,
    *,
    unknown_species: Literal["refuse", "skip"] = "refuse",
) -> Manifest:
    """Read a CSV with the columns file, scientific_name, split, and optionally group_id, kind,
    source_repo and licence_class.

    Args:
        photos: Folder that the `file` column is relative to.
        taxonomy: Must know every scientific name; `empty` and `blank` mean no animal.
        unknown_species: `"skip"` leaves out rows of species that the taxonomy does not have.

    Raises:
        ManifestError: A column, file, species or split is wrong; the message lists the first few.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"cannot read the manifest {path}: {error}") from error
    problems: list[str] = []
    rows = _rows(path, text, problems)
    if unknown_species == "skip":
        rows = [(line, row) for line, row in rows if label_of(row["scientific_name"], taxonomy) is not None]
    labelled = [_read_row(line, row, photos, taxonomy, problems) for line, row in rows]
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise ManifestError(f"{path}: " + "; ".join(problems[:5]) + more)
    kept, quarantined = separate_groups(labelled)
    return Manifest(kept, quarantined, hashlib.sha256(data).hexdigest())


def _rows(path: Path, text: str, problems: list[str]) -> list[tuple[int, dict[str, str]]]:
    """Return the rows with as many cells as the header, each with its line for messages."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = [(reader.line_num, row) for row in reader]
    if missing := [name for name in REQUIRED if not rows or name not in rows[0][1]]:
        raise ManifestError(f"{path}: no rows or missing columns {', '.join(missing)}")
    ragged = {line for line, row in rows if None in row or None in row.values()}
    problems.extend(f"line {line}: not as many columns as the header" for line in sorted(ragged))
    return [(line, row) for line, row in rows if line not in ragged]


def _read_row(
    line: int, row: dict[str, str], photos: Path, taxonomy: Taxonomy, problems: list[str]
) -> LabelledPhoto:
    label = label_of(row["scientific_name"], taxonomy)
    if label is None:
        problems.append(f"line {line}: no species card for {row['scientific_name']!r}")
    if row["split"] not in SPLITS:
        problems.append(f"line {line}: split {row['split']!r} is none of {', '.join(SPLITS)}")
    path = photos / row["file"]
    if not path.is_file():
        problems.append(f"line {line}: {path} does not exist")
    return LabelledPhoto(
        path=path,
        label=label or "",
        split=cast(Split, row["split"]),
        group=row.get("group_id") or "",
        kind=row.get("kind") or "",
        source=row.get("source_repo") or "",
        licence_class=row.get("licence_class") or "",
    )


def label_of(name: str, taxonomy: Taxonomy) -> str | None:
    """Return the label that a manifest's name means, `None` if the taxonomy has no such species."""
    if name.strip().lower() in EMPTY_NAMES:
        return BLANK
    found = slug(name)
    return found if found in taxonomy and taxonomy.get(found).rank is Rank.SPECIES else None


def separate_groups(
    photos: Sequence[LabelledPhoto],
) -> tuple[tuple[LabelledPhoto, ...], tuple[LabelledPhoto, ...]]:
    """Return the photos that keep every group in one split, and those that had to go."""
    home: dict[str, Split] = {}
    for photo in photos:
        if photo.group:
            home[photo.group] = max(home.get(photo.group, photo.split), photo.split, key=SPLITS.index)
    kept = tuple(p for p in photos if not p.group or home[p.group] == p.split)
    return kept, tuple(p for p in photos if p.group and home[p.group] != p.split)
