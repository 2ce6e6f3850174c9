"""The list of labelled photos that a model is trained and judged on."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from core.errors import ManifestError
from core.taxonomy import FLAG_NAMES, Taxonomy, TaxonSearch, slug

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
REQUIRED = ("file", "scientific_name", "split")
UNNAMED = (" sp.", " sp", " spp.", " spp")  # "Panthera sp." is a label of the genus


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """One row of a manifest.

    Attributes:
        path: The photo file.
        label: Taxon id of any rank, or a label of `FLAGS` such as `BLANK`.
        group: Near-duplicates and sequences share a group and never straddle splits.
        sequence: One burst of one camera; `""` if unknown.
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
    sequence: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All labelled photos that may be used, and the hash of the file that listed them.

    `quarantined` photos were left out: their group (near-duplicates, one sequence) reaches into a
    more protected split, test before val before train, and would flatter the score there. `warnings`
    are sentences about what cannot be judged.
    """

    photos: tuple[LabelledPhoto, ...]
    quarantined: tuple[LabelledPhoto, ...]
    sha256: str
    warnings: tuple[str, ...] = ()

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
    """Read a CSV with the columns file, scientific_name, split, and optionally group_id, sequence_id,
    kind, source_repo and licence_class.

    Args:
        photos: Folder that the `file` column is relative to.
        taxonomy: Must know every scientific name, of any rank; "Panthera sp." is the genus, `empty` and
            `blank` mean no animal, `human` and `vehicle` what they say.
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
    nearest = TaxonSearch(taxonomy)
    labelled = [_read_row(line, row, photos, taxonomy, nearest, problems) for line, row in rows]
    problems.extend(_repeated(rows))
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise ManifestError(f"{path}: " + "; ".join(problems[:5]) + more)
    kept, quarantined = separate_groups(labelled)
    return Manifest(kept, quarantined, hashlib.sha256(data).hexdigest(), tuple(_unjudged(kept)))


def _rows(path: Path, text: str, problems: list[str]) -> list[tuple[int, dict[str, str]]]:
    """Return the rows with as many cells as the header, each with its line for messages."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = [(reader.line_num, row) for row in reader]
    if missing := [name for name in REQUIRED if not rows or name not in rows[0][1]]:
        raise ManifestError(f"{path}: no rows or missing columns {', '.join(missing)}")
    ragged = {line for line, row in rows if None in row or None in row.values()}
    problems.extend(f"line {line}: not as many columns as the header" for line in sorted(ragged))
    return [(line, row) for line, row in rows if line not in ragged]


def _repeated(rows: Sequence[tuple[int, dict[str, str]]]) -> list[str]:
    """Return a problem for every row whose file was listed before."""
    first: dict[str, tuple[int, str]] = {}
    problems = []
    for line, row in rows:
        before = first.setdefault(row["file"], (line, row["scientific_name"]))
        if before[0] != line:
            other = "" if before[1] == row["scientific_name"] else f" as {before[1]!r}"
            problems.append(f"line {line}: {row['file']} was listed on line {before[0]}{other} already")
    return problems


def _unjudged(photos: Sequence[LabelledPhoto]) -> list[str]:
    """Return a sentence about labels that are trained but not in val, and the other way round."""
    labels = {split: {photo.label for photo in photos if photo.split == split} for split in SPLITS}
    warnings = []
    if labels["train"] and (missing := sorted(labels["train"] - labels["val"])):
        warnings.append(f"{len(missing)} labels have no photo in val and cannot be judged: {_few(missing)}")
    if labels["train"] and (unknown := sorted(labels["val"] - labels["train"])):
        warnings.append(f"{len(unknown)} labels of val are not trained and left out: {_few(unknown)}")
    return warnings


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _read_row(
    line: int,
    row: dict[str, str],
    photos: Path,
    taxonomy: Taxonomy,
    nearest: TaxonSearch,
    problems: list[str],
) -> LabelledPhoto:
    name = row["scientific_name"].strip()
    label = label_of(name, taxonomy)
    if name.lower() in ("", "nan", "na", "null", "none"):
        problems.append(f"line {line}: no name; write what it shows, or leave the row out")
    elif label is None:
        hits = nearest.find(name, limit=1)
        hint = f"; did you mean {hits[0].taxon.scientific_name!r}?" if hits else ""
        problems.append(f"line {line}: no species card for {name!r}{hint}")
    if row["split"] not in SPLITS:
        problems.append(f"line {line}: split {row['split']!r} is none of {', '.join(SPLITS)}")
    path = photos / row["file"]
    if not row["file"].strip() or Path(row["file"]).is_absolute() or ".." in Path(row["file"]).parts:
        problems.append(f"line {line}: {row['file']!r} must be a path inside {photos}")
    elif not path.is_file():
        problems.append(f"line {line}: {path} does not exist")
    return LabelledPhoto(
        path=path,
        label=label or "",
        split=cast(Split, row["split"]),
        group=row.get("group_id") or "",
        kind=row.get("kind") or "",
        source=row.get("source_repo") or "",
        licence_class=row.get("licence_class") or "",
        sequence=row.get("sequence_id") or "",
    )


def label_of(name: str, taxonomy: Taxonomy) -> str | None:
    """Return the label that a manifest's name means, `None` if the taxonomy has no such taxon."""
    plain = name.strip()
    if flag := FLAG_NAMES.get(plain.lower()):
        return flag
    for ending in UNNAMED:
        plain = plain.removesuffix(ending)
    found = slug(plain)
    return found if found in taxonomy else None


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


def first_frames(photos: Sequence[LabelledPhoto]) -> tuple[LabelledPhoto, ...]:
    """Return the first photo of every burst by file name, and all photos outside bursts.

    Later frames of a burst often carry its label after the animal has left.
    """
    first: dict[str, LabelledPhoto] = {}
    for photo in sorted(photos, key=lambda photo: photo.path.as_posix()):
        if photo.sequence:
            first.setdefault(photo.sequence, photo)
    return tuple(photo for photo in photos if not photo.sequence or first[photo.sequence] is photo)
