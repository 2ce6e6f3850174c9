"""Label Studio tasks, as we write them and as its projects export them."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from core.errors import FormatError
from core.formats.label_studio import labelling_interface, read, write
from core.store import Box, Sex
from tests.unit.formats.exchanged import PHOTOS, TREE


def test_tasks_have_what_label_studio_reads() -> None:
    first, *_ = json.loads(write(PHOTOS, TREE))
    taxon, *others = first["annotations"][0]["result"]
    path = ["Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Panthera", "Panthera leo"]
    assert taxon == {
        "from_name": "taxon",
        "to_name": "image",
        "type": "taxonomy",
        "value": {"taxonomy": [path]},
    }
    box = next(item for item in others if item["type"] == "rectanglelabels")
    assert [box["value"][side] for side in ("x", "y", "width", "height")] == pytest.approx([10, 20, 30, 40])
    assert box["value"]["rectanglelabels"] == ["animal"]
    assert (box["original_width"], box["original_height"]) == (4000, 3000)
    (prediction,) = first["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("f" * 64, 0.875)


def test_the_interface_knows_every_control_and_choice() -> None:
    view = ElementTree.fromstring(labelling_interface(TREE))
    controls = {node.get("name") for node in view} - {"image"}
    used = {
        item["from_name"]
        for task in json.loads(write(PHOTOS, TREE))
        for annotation in task["annotations"]
        for item in annotation["result"]
    }
    assert used <= controls
    assert {node.get("value") for node in view.iter("Choice")} >= {
        taxon.scientific_name for taxon in TREE.order
    }


EXPORT = [
    {
        "id": 11,
        "data": {"image": "/data/upload/1/42d46c4c-IMG_0001.JPG"},
        "file_upload": "42d46c4c-IMG_0001.JPG",
        "annotations": [
            {
                "id": 5, "completed_by": {"id": 1, "email": "ada@example.org"}, "was_cancelled": False,
                "created_at": "2024-06-18T23:45:46.048490Z",
                "result": [
                    {
                        "original_width": 1920, "original_height": 1080, "image_rotation": 0, "id": "Dx", "origin": "manual",
                        "from_name": "label", "to_name": "image", "type": "rectanglelabels",
                        "value": {"x": 20, "y": 30, "width": 50, "height": 60, "rotation": 0, "rectanglelabels": ["Lion"]},
                    },
                    {"from_name": "sex", "to_name": "image", "type": "choices", "value": {"choices": ["female"]}},
                ],
            },
            {"id": 6, "completed_by": 2, "was_cancelled": True, "result": [
                {"from_name": "taxon", "to_name": "image", "type": "choices", "value": {"choices": ["Leopard"]}}]},
        ],
    },
    {
        "id": 12, "data": {"image": "/data/local-files/?d=site/IMG_0002.JPG"},
        "annotations": [{"completed_by": 2, "result": [
            {"from_name": "what", "to_name": "image", "type": "taxonomy", "value": {"taxonomy": [["Mammals", "Felidae"]]}}]}],
    },
]  # fmt: skip


def test_an_export_of_a_project_of_ones_own() -> None:
    reading = read(json.dumps(EXPORT), TREE, "x.json")
    assert reading.problems == ()
    first, second = reading.photos
    (label,) = first.labels
    assert (first.file, label.taxon, label.annotator) == ("IMG_0001.JPG", "panthera-leo", "ada@example.org")
    assert label.labelled_at == datetime(2024, 6, 18, 23, 45, 46, 48_490, tzinfo=UTC)
    assert (label.details.sex, first.boxes) == (Sex.FEMALE, (Box(0.2, 0.3, 0.5, 0.6),))
    assert (second.file, second.labels[0].taxon, second.labels[0].annotator) == (
        "site/IMG_0002.JPG",
        "felidae",
        "",
    )


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"id": 3, "image": "a.jpg"}, "task 3: it has no data"),
        ({"id": 3, "data": {}}, "task 3: its data names no image"),
        ("a.jpg", "task 1: it has no data"),
        (
            {"id": 3, "data": {"image": "a.jpg"}, "annotations": [{"result": [
                {"type": "choices", "from_name": "x", "value": {"choices": ["unicorn"]}}]}]},
            "task 3: 'unicorn' is none of our taxa",
        ),
    ],
)  # fmt: skip
def test_bad_tasks_are_named(task, message) -> None:
    reading = read(json.dumps([task]), TREE, "x.json")
    assert reading.photos == ()
    assert message in reading.problems[0]


def test_the_same_photo_twice_is_a_problem() -> None:
    reading = read(json.dumps([EXPORT[0], EXPORT[0]]), TREE, "x.json")
    assert (len(reading.photos), reading.problems) == (1, ("x.json, task 11: IMG_0001.JPG is there twice",))


def test_what_is_no_list_of_tasks() -> None:
    with pytest.raises(FormatError, match="no list of Label Studio tasks"):
        read("{}", TREE, "x.json")
