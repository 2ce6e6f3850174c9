"""Labels as COCO Camera Traps JSON, the form of the data sets on LILA (https://lila.science/coco-camera-traps).

What the form has no place for travels in further keys, which it allows: who says it and when, how many, the
photo's hash. Category 0 is "empty"; boxes are in pixels from the left upper corner.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.errors import FormatError
from core.formats.exchange import ExchangeLabel, ExchangePhoto, Reading, Suggestion
from core.formats.label_cells import (
    Meanings,
    filled,
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
from core.store import Box
from core.taxonomy import BLANK, Taxonomy

VERSION = "1.0"
EMPTY = 0  # the category that the form reserves
ANIMAL = 1  # of boxes that are not of one certain label


def write(photos: Iterable[ExchangePhoto], taxonomy: Taxonomy) -> str:
    """Return the JSON text of a data set."""
    photos = tuple(photos)
    named = {label.taxon for photo in photos for label in photo.labels} - {None, taxonomy.root.id}
    numbers: dict[str | None, int] = {None: EMPTY, taxonomy.root.id: ANIMAL}
    numbers |= {taxon: number for number, taxon in enumerate(sorted(filter(None, named)), ANIMAL + 1)}
    data = {
        "info": {"version": VERSION, "description": "Labels from Fieldmark", "contributor": ""},
        "images": [_image(photo) for photo in photos],
        "categories": [_category(taxon, number, taxonomy) for taxon, number in numbers.items()],
        "annotations": [one for photo in photos for one in _annotations(photo, numbers)],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _image(photo: ExchangePhoto) -> dict[str, object]:
    said, place = photo.suggestion, photo.position
    image = {
        "id": photo.key, "file_name": photo.file, "sha256": photo.sha256, "width": photo.width,
        "height": photo.height, "datetime": (photo.captured_at or "").replace("T", " "), "seq_id": photo.sequence,
        "frame_num": photo.frame if photo.sequence else None, "location": photo.location, "person": photo.person, "boxes_by": photo.boxes_by,
        "latitude": place[0] if place else None, "longitude": place[1] if place else None,
        "prediction": {"taxon": said.taxon or BLANK, "score": said.score, "model": said.model} if said else None,
    }  # fmt: skip
    return filled(image)


def _category(taxon: str | None, number: int, taxonomy: Taxonomy) -> dict[str, object]:
    if taxon is None:
        return {"id": EMPTY, "name": "empty"}
    cells = lineage_cells(taxon, taxonomy)
    common = taxonomy.get(taxon).common_name if taxon in taxonomy else None
    name = "animal" if number == ANIMAL else cells.get("scientific_name", taxon).lower()
    return {"id": number, "name": name, "common_name": common or "", "taxon": taxon, **cells}


def _annotations(photo: ExchangePhoto, numbers: Mapping[str | None, int]) -> Iterator[dict[str, object]]:
    """Yield one annotation a box if there is one animal to draw, else one a label and one a box."""
    said = [_label_keys(label, animal) for animal, label in enumerate(photo.labels, 1)]
    only = said[0] if len(said) == 1 and photo.labels[0].taxon is not None else None
    whole = [] if only and photo.boxes else said
    rows = [
        *({"category_id": numbers[photo.labels[keys["animal"] - 1].taxon], **keys} for keys in whole),
        *(
            {
                "category_id": numbers[photo.labels[0].taxon] if only else ANIMAL,
                "bbox": [
                    box.x * photo.width,
                    box.y * photo.height,
                    box.w * photo.width,
                    box.h * photo.height,
                ],
                **(only or {"animal": 0}),
            }
            for box in photo.boxes
        ),
    ]
    for number, row in enumerate(rows):
        yield {
            "id": f"{photo.key}-{number}",
            "image_id": photo.key,
            "sequence_level_annotation": False,
            **row,
        }


def _label_keys(label: ExchangeLabel, animal: int) -> dict[str, Any]:
    details = label.details
    values = {
        "reason": label.reason.value if label.reason != "none" else None, "certainty": details.certainty,
        "count": details.count, "sex": details.sex, "life_stage": details.life_stage,
        "behaviour": details.behaviour, "individual": details.individual, "comment": label.comment,
        "annotator": label.annotator, "labelled_at": label.labelled_at.isoformat() if label.labelled_at else None,
    }  # fmt: skip
    return {"animal": animal, **{key: value for key, value in values.items() if value}}


def read(text: str, taxonomy: Taxonomy, where: str) -> Reading:
    """Read a data set of this form.

    Annotations without our keys count as one label for each category that a photo has.

    Raises:
        FormatError: It is no JSON of this form.
    """
    data = parse_json(text, where)
    if not isinstance(data, Mapping) or not all(
        isinstance(data.get(part), list) for part in ("images", "annotations", "categories")
    ):
        raise FormatError(f"{where} is no COCO file: it needs the lists images, annotations and categories")
    problems: list[str] = []
    photos: dict[str, ExchangePhoto] = {}
    for number, image in enumerate(data["images"]):
        try:
            key, photo = _read_image(image)
            if key in photos:
                raise FormatError("its id is there twice")
            photos[key] = photo
        except FormatError as error:
            problems.append(f"{where}, image {_name(image, number)}: {error}")
    categories = _Categories(data["categories"], taxonomy)
    seen: set[tuple[str, object]] = set()
    people: set[str] = set()
    for number, row in enumerate(data["annotations"]):
        try:
            if not isinstance(row, Mapping) or str(row.get("image_id")) not in photos:
                raise FormatError("its photo is not among the images")
            key = str(row["image_id"])
            if categories.is_person(row):
                people.add(key)
                photos[key] = replace(photos[key], person=True)
            else:
                photos[key] = _with_annotation(photos[key], row, categories, seen)
        except FormatError as error:
            problems.append(f"{where}, annotation {_name(row, number)}: {error}")
    for key in people & {key for key, photo in photos.items() if not photo.labels}:
        photos[key] = photos[key].with_label(ExchangeLabel(None))  # a person, and no animal
    return Reading(tuple(photos.values()), tuple(dict.fromkeys(problems)))


class _Categories:
    def __init__(self, rows: Iterable[Any], taxonomy: Taxonomy) -> None:
        self._rows = {str(row.get("id")): row for row in rows if isinstance(row, Mapping)}
        self._meanings = Meanings(taxonomy)

    def _names(self, row: Mapping[str, Any]) -> list[str]:
        found = self._rows.get(str(row.get("category_id")))
        if found is None:
            raise FormatError(f"its category {row.get('category_id')!r} is not listed")
        return [*(text_of(found, key) for key in ("taxon", "scientific_name", "name", "common_name")), *lineage_names(found)]  # fmt: skip

    def taxon(self, row: Mapping[str, Any]) -> str | None:
        return self._meanings.of(*self._names(row))

    def is_person(self, row: Mapping[str, Any]) -> bool:
        return self._meanings.is_person(*self._names(row))


def _read_image(image: Any) -> tuple[str, ExchangePhoto]:
    if (
        not isinstance(image, Mapping)
        or image.get("id") is None
        or not (image.get("file_name") or image.get("sha256"))
    ):
        raise FormatError("it needs an id and a file_name")
    latitude, longitude = number_of(image, "latitude"), number_of(image, "longitude")
    said = image.get("prediction")
    suggestion = None
    if isinstance(said, Mapping):
        taxon = text_of(said, "taxon")
        suggestion = Suggestion(
            None if taxon == BLANK else taxon, number_of(said, "score") or 0.0, text_of(said, "model")
        )
    return str(image["id"]), ExchangePhoto(
        sha256=text_of(image, "sha256"), file=text_of(image, "file_name"), width=whole_of(image, "width"),
        height=whole_of(image, "height"), captured_at=text_of(image, "datetime").replace(" ", "T", 1) or None,
        sequence=text_of(image, "seq_id"), frame=whole_of(image, "frame_num"), location=text_of(image, "location"),
        position=None if latitude is None or longitude is None else (latitude, longitude),
        person=image.get("person") is True, boxes_by=text_of(image, "boxes_by"), suggestion=suggestion,
    )  # fmt: skip


def _with_annotation(
    photo: ExchangePhoto, row: Mapping[str, Any], categories: _Categories, seen: set[tuple[str, object]]
) -> ExchangePhoto:
    if row.get("bbox") is not None:
        photo = replace(photo, boxes=(*photo.boxes, _read_bbox(row["bbox"], photo)))
    taxon = categories.taxon(row)
    animal = row.get("animal", taxon)  # without our number, a category is one label
    if animal == 0 or (photo.key, animal) in seen:
        return photo
    label = ExchangeLabel(
        taxon, text_of(row, "annotator"), read_moment(text_of(row, "labelled_at")), read_reason(row),
        read_details(row), text_of(row, "comment"),
    )  # fmt: skip
    seen.add((photo.key, animal))
    return photo.with_label(label)


def _read_bbox(bbox: Any, photo: ExchangePhoto) -> Box:
    if not photo.width or not photo.height:
        raise FormatError("its box is in pixels, but the photo's width and height are missing")
    if not isinstance(bbox, list) or len(bbox) != 4:
        raise FormatError(f"a box is four numbers, not {bbox!r}")
    x, y, w, h = (number_of({"a side of its box": side}, "a side of its box") or 0.0 for side in bbox)
    return read_box(x / photo.width, y / photo.height, w / photo.width, h / photo.height)


def parse_json(text: str, where: str) -> Any:
    """Return what a JSON text holds.

    Raises:
        FormatError: It is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{where} is no JSON: {error}") from error


def _name(row: Any, number: int) -> str:
    return str(row.get("id", number)) if isinstance(row, Mapping) else str(number)
