"""Labels as a table for spreadsheets."""

import csv
import io

import pytest

from core.errors import FormatError
from core.formats.labels_table import COLUMNS, read, write
from core.store import Box
from tests.unit.formats.exchanged import PHOTOS, TREE


def test_one_line_an_animal() -> None:
    rows = list(csv.DictReader(io.StringIO(write(PHOTOS, TREE), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["label"] for row in rows] == ["panthera-leo", "panthera-leo", "felidae", "blank", ""]
    assert (rows[0]["species"], rows[0]["count"], rows[0]["sex"]) == ("Panthera leo", "3", "female")
    assert rows[0]["boxes"] == "0.100000 0.200000 0.300000 0.400000; 0.500000 0.500000 0.500000 0.500000"
    assert (rows[2]["species"], rows[2]["reason"]) == ("", "not_the_suggested")
    assert (rows[3]["person"], rows[4]["shown"], rows[4]["score"]) == ("yes", "blank", "0.5")


def test_no_cell_is_a_formula_and_the_name_comes_back() -> None:
    text = write(PHOTOS, TREE)
    assert "'=1+1.jpg" in text
    assert ",=1+1.jpg" not in text
    assert read(text, TREE, "x").photos[1].file == "=1+1.jpg"


def test_a_table_made_by_hand() -> None:
    text = "File;Species;Count;Sex\r\nIMG_1.JPG;lion;2;male\r\nIMG_1.JPG;Panthera pardus;1;\r\nIMG_2.JPG;empty;;\r\n"
    reading = read(text, TREE, "x.csv")
    assert reading.problems == ()
    first, second = reading.photos
    assert [(label.taxon, label.details.count) for label in first.labels] == [
        ("panthera-leo", 2),
        ("panthera-pardus", 1),
    ]
    assert (second.file, second.labels[0].taxon) == ("IMG_2.JPG", None)


def test_everything_wrong_is_named_with_its_line() -> None:
    text = (
        "file,taxon,count,boxes\na.jpg,lion,,\na.jpg,lion,,\n,lion,,\nb.jpg,Unicornis,,\nc.jpg,lion,many,\n"
        "d.jpg,lion,,0 0 2 2\ne.jpg,lion,,left\nf.jpg,lion,,0 0 1\ng.jpg,,,0 0 1 1\n"
    )
    reading = read(text, TREE, "x.csv")
    assert [problem.split(": ", 1)[0] for problem in reading.problems] == [
        f"x.csv, line {n}" for n in range(3, 9 + 1)
    ]
    for problem, words in zip(
        reading.problems,
        (
            "same as line 2",
            "no photo",
            "'Unicornis' is none",
            "count is",
            "in the photo",
            "no boxes",
            "no boxes",
        ),
        strict=True,
    ):
        assert words in problem
    assert [(photo.file, len(photo.labels)) for photo in reading.photos] == [("a.jpg", 1), ("g.jpg", 0)]
    assert reading.photos[1].boxes == (Box(0, 0, 1, 1),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("taxon\nlion\n", "no column for the photo"),
        ("file\na.jpg\n", "no column for the animal"),
    ],
)
def test_what_is_no_table_of_labels(text, message) -> None:
    with pytest.raises(FormatError, match=message):
        read(text, TREE, "x.csv")
