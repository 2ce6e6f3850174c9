"""Photos of species that the model does not know: to judge whether it says so."""

import csv
import io
from pathlib import Path

from core.errors import ManifestError
from core.media import find_photos
from core.taxonomy import Taxonomy
from core.training.manifest import LabelledPhoto, label_of


def read_foreign(path: Path, photos: Path, taxonomy: Taxonomy) -> tuple[LabelledPhoto, ...]:
    """Return photos of unlisted species; their label is empty.

    Args:
        path: A folder, all of whose photos are taken, or a CSV with a column `file`, relative to `photos`,
            and if known `scientific_name`; rows of taxa that the model knows are left out.
        taxonomy: Of the model.

    Raises:
        ManifestError: There is no such folder or file, no column, no file, or no photo of an unlisted species.
    """
    if path.is_dir():
        found = list(find_photos(path))
    else:
        rows = [row for row in _rows(path) if _unlisted(row, taxonomy)]
        found = [photos / row["file"] for row in rows]
    if missing := [str(one) for one in found if not one.is_file()]:
        raise ManifestError(f"{path}: {len(missing)} photos do not exist, the first is {missing[0]}")
    if not found:
        raise ManifestError(f"{path}: no photo of a species that the model does not know")
    return tuple(LabelledPhoto(one, "", "test") for one in found)


def count_unknown(manifest: Path, split: str, taxonomy: Taxonomy) -> int:
    """Return the number of a manifest's rows of a split whose name the model does not know.

    Raises:
        ManifestError: It cannot be read.
    """
    rows = _rows(manifest)
    return sum(
        row.get("split") == split and label_of(row.get("scientific_name") or "", taxonomy) is None
        for row in rows
    )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"cannot read {path}: {error}") from error
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    if not rows or "file" not in rows[0]:
        raise ManifestError(f"{path}: no rows, or no column `file`")
    return rows


def _unlisted(row: dict[str, str], taxonomy: Taxonomy) -> bool:
    return bool(row["file"]) and label_of(row.get("scientific_name") or "", taxonomy) is None
