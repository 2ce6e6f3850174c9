"""Labels as Label Studio tasks (https://labelstud.io/guide/task_format), and the labelling interface for them.

Every label is an annotation with a taxonomy choice; boxes, in per cent of the photo, belong to the first
one. What a model says is a prediction, with the hash of its weights as `model_version`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from core.errors import FormatError
from core.formats.coco import parse_json
from core.formats.exchange import ExchangeLabel, ExchangePhoto, Reading, Suggestion
from core.formats.label_cells import (
    Meanings,
    filled,
    number_of,
    read_box,
    read_details,
    read_moment,
    read_reason,
    text_of,
    whole_of,
)
from core.store import Box, Certainty, HigherRankReason, LifeStage, Sex
from core.taxonomy import BLANK, Taxonomy

WORDS = {"reason": HigherRankReason, "certainty": Certainty, "sex": Sex, "life_stage": LifeStage}
TEXTS = ("behaviour", "individual", "comment")
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # what Label Studio puts before the name of an uploaded photo


def write(photos: Iterable[ExchangePhoto], taxonomy: Taxonomy) -> str:
    """Return the JSON text of a list of tasks."""
    tasks = [_task(photo, taxonomy) for photo in photos]
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def labelling_interface(taxonomy: Taxonomy) -> str:
    """Return the XML that a Label Studio project needs to show and edit these tasks."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Image", name="image", value="$image", zoom="true")
    boxes = ElementTree.SubElement(view, "RectangleLabels", name="boxes", toName="image")
    ElementTree.SubElement(boxes, "Label", value="animal")
    tree = ElementTree.SubElement(view, "Taxonomy", name="taxon", toName="image", leafsOnly="false")
    ElementTree.SubElement(tree, "Choice", value=BLANK)
    nodes: dict[str | None, ElementTree.Element] = {None: tree}
    for taxon in taxonomy.order:
        nodes[taxon.id] = ElementTree.SubElement(nodes[taxon.parent], "Choice", value=taxon.scientific_name)
    for name, kind in WORDS.items():
        choices = ElementTree.SubElement(view, "Choices", name=name, toName="image", choice="single")
        for word in kind:
            ElementTree.SubElement(choices, "Choice", value=word.value)
    ElementTree.SubElement(view, "Number", name="count", toName="image", min="1")
    for name in TEXTS:
        ElementTree.SubElement(view, "TextArea", name=name, toName="image", maxSubmissions="1")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _task(photo: ExchangePhoto, taxonomy: Taxonomy) -> dict[str, object]:
    place = photo.position
    data = {
        "image": photo.file, "sha256": photo.sha256, "captured_at": photo.captured_at, "sequence": photo.sequence,
        "frame": photo.frame, "width": photo.width, "height": photo.height, "location": photo.location,
        "latitude": place[0] if place else None, "longitude": place[1] if place else None,
        "person": photo.person, "boxes_by": photo.boxes_by,
    }  # fmt: skip
    said = photo.suggestion
    shown = [] if said is None else [
        {"model_version": said.model, "score": said.score, "result": [_taxon(said.taxon, taxonomy)]}
    ]  # fmt: skip
    return {
        "data": {"image": photo.file, **filled(data)},
        "annotations": list(_annotations(photo, taxonomy)),
        "predictions": shown,
    }


def _annotations(photo: ExchangePhoto, taxonomy: Taxonomy) -> Iterator[dict[str, object]]:
    boxes = [_rectangle(box, photo) for box in photo.boxes]
    for label in photo.labels:
        details = label.details
        words = {
            "reason": label.reason.value if label.reason != "none" else None, "certainty": details.certainty,
            "sex": details.sex, "life_stage": details.life_stage,
        }  # fmt: skip
        texts = {"behaviour": details.behaviour, "individual": details.individual, "comment": label.comment}
        result = [
            _taxon(label.taxon, taxonomy),
            *(_control(name, "choices", [str(word)]) for name, word in words.items() if word),
            *([_control("count", "number", details.count)] if details.count else []),
            *(_control(name, "textarea", [text], key="text") for name, text in texts.items() if text),
            *boxes,
        ]
        boxes = []  # they are the photo's, and once is enough
        values = {
            "annotator": label.annotator,
            "created_at": label.labelled_at and label.labelled_at.isoformat(),
        }
        yield {"result": result, **{key: value for key, value in values.items() if value}}
    if boxes:
        yield {"result": boxes}


def _control(name: str, kind: str, value: object, *, key: str = "") -> dict[str, object]:
    return {"from_name": name, "to_name": "image", "type": kind, "value": {key or kind: value}}


def _taxon(taxon: str | None, taxonomy: Taxonomy) -> dict[str, object]:
    if taxon is None:
        path = [BLANK]
    else:
        path = [step.scientific_name for step in taxonomy.lineage(taxon)] if taxon in taxonomy else [taxon]
    return _control("taxon", "taxonomy", [path])


def _rectangle(box: Box, photo: ExchangePhoto) -> dict[str, object]:
    sides = {"x": box.x * 100, "y": box.y * 100, "width": box.w * 100, "height": box.h * 100}
    return {
        "from_name": "boxes", "to_name": "image", "type": "rectanglelabels", "original_width": photo.width,
        "original_height": photo.height, "image_rotation": 0,
        "value": {**sides, "rotation": 0, "rectanglelabels": ["animal"]},
    }  # fmt: skip


def read(text: str, taxonomy: Taxonomy, where: str) -> Reading:
    """Read the tasks of an export, ours or of a project of one's own.

    A taxon may be chosen in a taxonomy, in choices, or as the label of a box; skipped annotations say nothing.

    Raises:
        FormatError: It is no JSON list of tasks.
    """
    tasks = parse_json(text, where)
    if not isinstance(tasks, list):
        raise FormatError(f"{where} is no list of Label Studio tasks; export the project as JSON")
    meanings = Meanings(taxonomy)
    photos: dict[str, ExchangePhoto] = {}
    problems = []
    for number, task in enumerate(tasks, 1):
        try:
            photo = _read_task(task, meanings)
            if photo.key in photos:
                raise FormatError(f"{photo.file or photo.sha256} is there twice")
            photos[photo.key] = photo
        except FormatError as error:
            problems.append(
                f"{where}, task {task.get('id', number) if isinstance(task, Mapping) else number}: {error}"
            )
    return Reading(tuple(photos.values()), tuple(problems))


def _read_task(task: Any, meanings: Meanings) -> ExchangePhoto:
    data = task.get("data") if isinstance(task, Mapping) else None
    if not isinstance(data, Mapping):
        raise FormatError("it has no data; export the project as JSON, not as JSON-MIN")
    file, sha256 = _file(text_of(data, "image")), text_of(data, "sha256")
    if not file and not sha256:
        raise FormatError("its data names no image")
    latitude, longitude = number_of(data, "latitude"), number_of(data, "longitude")
    photo = ExchangePhoto(
        sha256=sha256, file=file, width=whole_of(data, "width"), height=whole_of(data, "height"),
        captured_at=text_of(data, "captured_at") or None, sequence=text_of(data, "sequence"),
        frame=whole_of(data, "frame"), location=text_of(data, "location"),
        position=None if latitude is None or longitude is None else (latitude, longitude),
        person=data.get("person") is True, boxes_by=text_of(data, "boxes_by"),
        suggestion=_suggestion(_list(task, "predictions"), meanings),
    )  # fmt: skip
    for annotation in _list(task, "annotations"):
        if not annotation.get("was_cancelled"):
            photo = _with_annotation(photo, annotation, meanings)
    return photo


def _with_annotation(
    photo: ExchangePhoto, annotation: Mapping[str, Any], meanings: Meanings
) -> ExchangePhoto:
    cells: dict[str, object] = {}
    taxa: list[list[str]] = []
    boxes = list(photo.boxes)
    for item in _list(annotation, "result"):
        kind, name, value = item.get("type"), str(item.get("from_name")), item.get("value")
        if not isinstance(value, Mapping):
            continue
        if {"x", "y", "width", "height"} <= set(value):
            sides = [number_of(value, side) or 0.0 for side in ("x", "y", "width", "height")]
            boxes.append(read_box(*(side / 100 for side in sides)))
            taxa.extend([str(label)] for label in value.get("rectanglelabels") or () if label != "animal")
        elif kind == "taxonomy":
            taxa.extend(
                [str(step) for step in reversed(path)] for path in value.get("taxonomy") or () if path
            )
        elif name in ("count", *WORDS, *TEXTS):
            found = value.get("text" if kind == "textarea" else str(kind))
            cells[name] = (found[0] if found else "") if isinstance(found, list) else found
        elif kind == "choices":
            taxa.extend([str(choice)] for choice in value.get("choices") or ())
    photo = replace(photo, boxes=tuple(boxes))
    taxon_ids = dict.fromkeys(meanings.of(*names) for names in taxa)
    for taxon in taxon_ids:
        photo = photo.with_label(
            ExchangeLabel(
                taxon, _annotator(annotation), read_moment(text_of(annotation, "created_at")), read_reason(cells),
                read_details(cells), text_of(cells, "comment"),
            )
        )  # fmt: skip
    if any(meanings.is_person(*names) for names in taxa):
        photo = replace(photo, person=True)
    return photo


def _suggestion(predictions: list[Mapping[str, Any]], meanings: Meanings) -> Suggestion | None:
    for prediction in reversed(predictions):  # the newest is the last
        for item in _list(prediction, "result"):
            value = item.get("value")
            if item.get("type") == "taxonomy" and isinstance(value, Mapping) and value.get("taxonomy"):
                taxon = meanings.of(*reversed([str(step) for step in value["taxonomy"][0]]))
                score = number_of(prediction, "score") or 0.0
                return Suggestion(taxon, score, text_of(prediction, "model_version"))
    return None


def _annotator(annotation: Mapping[str, Any]) -> str:
    by = annotation.get("completed_by")
    own = text_of(annotation, "annotator")
    return own or (text_of(by, "email") if isinstance(by, Mapping) else "")


def _file(image: str) -> str:
    """Return the path behind Label Studio's addresses of local and of uploaded photos."""
    if "?d=" in image:
        return image.split("?d=", 1)[1]
    if "/upload/" in image:
        return _UPLOADED.sub("", image.rsplit("/", 1)[-1])
    return image


def _list(given: Any, name: str) -> list[Mapping[str, Any]]:
    found = given.get(name) if isinstance(given, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
