"""Labels as a table: one line for every animal that somebody named, safe in any spreadsheet, and read again."""

from collections.abc import Iterable, Mapping

from core.errors import FormatError
from core.formats.exchange import ExchangeLabel, ExchangePhoto, Reading, Suggestion
from core.formats.label_cells import (
    Meanings,
    lineage_cells,
    lineage_names,
    number_of,
    read_box,
    read_details,
    read_moment,
    read_reason,
    text_of,
    whole_of,
)
from core.formats.table import guard, to_csv
from core.formats.text_table import read_rows
from core.store import Box
from core.taxonomy import BLANK, Rank, Taxonomy

COLUMNS = (
    "sha256", "original_name", "label", "scientific_name", "rank", *(rank.label for rank in Rank),
    "reason", "certainty", "count", "sex", "life_stage", "behaviour", "individual", "comment", "annotator",
    "labelled_at", "boxes", "boxes_by", "person", "shown", "score", "model_sha256", "captured_at", "width",
    "height", "sequence", "frame", "location", "latitude", "longitude",
)  # fmt: skip
FILE_COLUMNS = ("original_name", "file", "file_name", "filename", "image", "path", "filepath", "relativepath")
NAME_COLUMNS = ("label", "taxon", "scientific_name", "scientificname", "common_name", "common")


def write(photos: Iterable[ExchangePhoto], taxonomy: Taxonomy) -> str:
    """Return CSV; a photo of which nothing is said but where its animals are has one line without a label."""
    return to_csv(
        COLUMNS, (_row(photo, label, taxonomy) for photo in photos for label in photo.labels or (None,))
    )


def read(text: str, taxonomy: Taxonomy, where: str) -> Reading:
    """Read such a table, or any table with a column for the photo (`sha256`, `file`) and one for the taxon.

    Raises:
        FormatError: It is no table, or one of these columns is missing.
    """
    meanings = Meanings(taxonomy)
    photos: dict[str, ExchangePhoto] = {}
    seen: dict[tuple[str, ExchangeLabel | None], int] = {}
    problems: list[str] = []
    for number, guarded in read_rows(text, where):
        cells = {name: _unguard(cell) for name, cell in guarded.items()}
        _check_columns(cells, where)
        try:
            photo, label = _photo(cells), _label(cells, meanings)
            first = seen.setdefault((photo.key, label), number)
            if first != number:
                raise FormatError(f"says the same as line {first}")
        except FormatError as error:
            problems.append(f"{where}, line {number}: {error}")
            continue
        have = photos.setdefault(photo.key, photo)
        if label is not None:
            photos[photo.key] = have.with_label(label)
    return Reading(tuple(photos.values()), tuple(problems))


def _row(photo: ExchangePhoto, label: ExchangeLabel | None, taxonomy: Taxonomy) -> Mapping[str, object]:
    values: dict[str, object] = {
        "sha256": photo.sha256, "original_name": photo.file, "boxes": _boxes_text(photo.boxes),
        "boxes_by": photo.boxes_by, "person": "yes" if photo.person else "", "captured_at": photo.captured_at,
        "width": photo.width or None, "height": photo.height or None, "sequence": photo.sequence,
        "frame": photo.frame or None, "location": photo.location,
    }  # fmt: skip
    if photo.position is not None:
        values["latitude"], values["longitude"] = photo.position
    if photo.suggestion is not None:
        said = photo.suggestion
        values |= {"shown": said.taxon or BLANK, "score": said.score, "model_sha256": said.model}
    if label is not None:
        details = label.details
        values |= {
            "label": label.taxon or BLANK, **lineage_cells(label.taxon, taxonomy), "reason": label.reason.value,
            "certainty": details.certainty, "count": details.count, "sex": details.sex,
            "life_stage": details.life_stage, "behaviour": details.behaviour, "individual": details.individual,
            "comment": label.comment, "annotator": label.annotator,
            "labelled_at": label.labelled_at.isoformat() if label.labelled_at else None,
        }  # fmt: skip
    return {name: _double_apostrophe(value) for name, value in values.items()}


def _photo(cells: Mapping[str, str]) -> ExchangePhoto:
    file = next((cells[name] for name in FILE_COLUMNS if cells.get(name)), "")
    if not file and not cells.get("sha256"):
        raise FormatError("it names no photo")
    latitude, longitude = number_of(cells, "latitude"), number_of(cells, "longitude")
    shown, score = cells.get("shown"), number_of(cells, "score")
    return ExchangePhoto(
        sha256=text_of(cells, "sha256"), file=file, width=whole_of(cells, "width"), height=whole_of(cells, "height"),
        captured_at=cells.get("captured_at") or None, sequence=text_of(cells, "sequence"),
        frame=whole_of(cells, "frame"), location=text_of(cells, "location"),
        position=None if latitude is None or longitude is None else (latitude, longitude),
        person=bool(cells.get("person")), boxes=_boxes(text_of(cells, "boxes")), boxes_by=text_of(cells, "boxes_by"),
        suggestion=Suggestion(None if shown == BLANK else shown, score, text_of(cells, "model_sha256"))
        if shown and score is not None else None,
    )  # fmt: skip


def _label(cells: Mapping[str, str], meanings: Meanings) -> ExchangeLabel | None:
    names = [*(cells.get(name) for name in NAME_COLUMNS), *lineage_names(cells)]
    if not any(names):
        return None
    return ExchangeLabel(
        taxon=meanings.of(*names), annotator=text_of(cells, "annotator"),
        labelled_at=read_moment(text_of(cells, "labelled_at")), reason=read_reason(cells),
        details=read_details(cells), comment=text_of(cells, "comment"),
    )  # fmt: skip


def _check_columns(cells: Mapping[str, str], where: str) -> None:
    if not {"sha256", *FILE_COLUMNS} & set(cells):
        raise FormatError(f"{where} has no column for the photo; name one sha256 or file")
    if not {*NAME_COLUMNS, *(rank.label for rank in Rank)} & set(cells):
        raise FormatError(f"{where} has no column for the animal; name one label or scientific_name")


def _boxes_text(boxes: Iterable[Box]) -> str:
    return "; ".join(f"{box.x:.6f} {box.y:.6f} {box.w:.6f} {box.h:.6f}" for box in boxes)


def _boxes(text: str) -> tuple[Box, ...]:
    try:
        sides = [[float(side) for side in part.split()] for part in text.split(";") if part.strip()]
        return tuple(read_box(x, y, w, h) for x, y, w, h in sides)
    except ValueError:
        raise FormatError(
            f"{text!r} are no boxes; write shares of the photo: left top width height; ..."
        ) from None


def _double_apostrophe(value: object) -> object:
    """Return a cell from which `_unguard` gets the value back, whether or not `guard` marks it."""
    return "'" + value if isinstance(value, str) and value.startswith("'") else value


def _unguard(cell: str) -> str:
    rest = cell[1:]
    marked = cell.startswith("'") and (rest.startswith("'") or guard(rest) != rest)
    return rest if marked else cell
