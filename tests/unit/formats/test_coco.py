"""COCO Camera Traps, as we write it and as data sets on LILA look."""

import json

import pytest

from core.errors import FormatError
from core.formats.coco import read, write
from core.store import Box
from tests.unit.formats.exchanged import PHOTOS, TREE


@pytest.fixture(scope="module")
def data() -> dict:
    return json.loads(write(PHOTOS, TREE))


def test_the_required_keys_are_there(data) -> None:
    assert set(data) == {"info", "images", "categories", "annotations"}
    assert isinstance(data["info"]["version"], str)
    assert all(isinstance(image["id"], str) and image["file_name"] for image in data["images"])
    assert len({image["id"] for image in data["images"]}) == len(PHOTOS)
    assert len({a["id"] for a in data["annotations"]}) == len(data["annotations"])
    known = {category["id"] for category in data["categories"]}
    assert all(a["category_id"] in known for a in data["annotations"])
    assert data["categories"][0] == {"id": 0, "name": "empty"}


def test_categories_carry_their_lineage(data) -> None:
    lion = next(c for c in data["categories"] if c["name"] == "panthera leo")
    assert (lion["common_name"], lion["family"], lion["rank"]) == ("Lion", "Felidae", "species")


def test_boxes_are_in_pixels_and_name_the_only_animal(data) -> None:
    drawn = [a for a in data["annotations"] if a["image_id"] == "a" * 64]
    assert [a["bbox"] for a in drawn] == [pytest.approx([400, 600, 1200, 1200]), [2000, 1500, 2000, 1500]]
    lion = next(c["id"] for c in data["categories"] if c["name"] == "panthera leo")
    assert {a["category_id"] for a in drawn} == {lion}


def test_a_box_of_two_animals_is_of_neither(data) -> None:
    of = {c["id"]: c["name"] for c in data["categories"]}
    assert [of[a["category_id"]] for a in data["annotations"] if a["image_id"] == "b" * 64] == [
        "panthera leo", "felidae", "animal",
    ]  # fmt: skip


LILA = {
    "info": {"version": "1.0", "description": "KGA"},
    "images": [
        {
            "id": "KGA/A01/IMG_0001", "file_name": "KGA/A01/IMG_0001.JPG", "width": 2048, "height": 1536, "corrupt": False,
            "seq_id": "KGA#A01#12", "seq_num_frames": 3, "frame_num": 1, "location": "A01", "datetime": "2018-06-12 05:03:22",
        },
        {"id": "2", "file_name": "b.jpg"},
        {"id": 3, "file_name": "c.jpg", "width": 100, "height": 100},
    ],
    "categories": [{"id": 0, "name": "empty"}, {"id": 7, "name": "lion"}, {"id": 8, "name": "person"}, {"id": 9, "name": "animal"}],
    "annotations": [
        {"id": "x1", "image_id": "KGA/A01/IMG_0001", "category_id": 7, "bbox": [204.8, 153.6, 1024, 768], "count": 2},
        {"id": "x2", "image_id": "KGA/A01/IMG_0001", "category_id": 7, "bbox": [0, 0, 100, 100]},
        {"id": "x3", "image_id": "2", "category_id": 0, "sequence_level_annotation": True},
        {"id": "x4", "image_id": 3, "category_id": 8, "bbox": [0, 0, 50, 50]},
    ],
}  # fmt: skip


def test_a_data_set_of_lila() -> None:
    reading = read(json.dumps(LILA), TREE, "x.json")
    assert reading.problems == ()
    lions, empty, person = reading.photos
    assert lions.captured_at == "2018-06-12T05:03:22"
    assert (lions.sequence, lions.frame, lions.location) == ("KGA#A01#12", 1, "A01")
    assert lions.boxes == (Box(0.1, 0.1, 0.5, 0.5), Box(0, 0, 0.048828, 0.065104))
    assert [(label.taxon, label.details.count) for label in lions.labels] == [("panthera-leo", 2)]
    assert [label.taxon for label in empty.labels] == [None]
    assert (person.person, person.boxes, [label.taxon for label in person.labels]) == (True, (), [None])


def test_everything_wrong_is_named() -> None:
    data = {
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}, {"id": 2}, "nonsense"],
        "categories": [{"id": 1, "name": "unicorn"}, {"id": 2, "name": "lion"}],
        "annotations": [
            {"id": "p", "image_id": 9, "category_id": 2},
            {"id": "q", "image_id": 1, "category_id": 1},
            {"id": "r", "image_id": 1, "category_id": 3},
            {"id": "s", "image_id": 1, "category_id": 2, "bbox": [0, 0, 1, 1]},
            None,
        ],
    }
    problems = read(json.dumps(data), TREE, "x.json").problems
    words = (
        "image 1: its id is there twice", "image 2: it needs", "image 3: it needs", "annotation p: its photo is not",
        "annotation q: 'unicorn' is none of our taxa", "annotation r: its category 3 is not listed",
        "annotation s: its box is in pixels", "annotation 4: its photo",
    )  # fmt: skip
    assert len(problems) == len(words)
    for problem, expected in zip(problems, words, strict=True):
        assert expected in problem


@pytest.mark.parametrize("text", ["{", "[]", '{"images": []}', "[" * 100_000])
def test_what_is_no_coco_file(text) -> None:
    with pytest.raises(FormatError, match=r"x\.json is no"):
        read(text, TREE, "x.json")
