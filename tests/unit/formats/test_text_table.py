"""Tables from people, with every mistake they come with."""

from pathlib import Path

import pytest

from core.errors import FormatError
from core.formats.text_table import read_rows, read_text, rows_of


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found(separator: str) -> None:
    text = (
        separator.join(["Scientific_Name", "country"])
        + "\n"
        + separator.join(["Panthera leo", "KEN"])
        + "\n\n"
    )
    assert list(read_rows(text, "x.csv")) == [(2, {"scientific_name": "Panthera leo", "country": "KEN"})]


def test_prefixes_of_terms_are_dropped_and_short_lines_are_fine() -> None:
    rows = list(read_rows("dwc:scientificName,col:rank\nPanthera leo\n", "x.csv"))
    assert rows == [(2, {"scientificname": "Panthera leo"})]


def test_quotes_may_be_mere_characters() -> None:
    lines = ["a\tb", 'the "big" one\t2']
    assert list(rows_of(lines, "x", delimiter="\t", quoted=False)) == [(2, {"a": 'the "big" one', "b": "2"})]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("scientific_name,status\nJaguar,é".encode("utf-16"), "not UTF-8"),
        ("nom\nGuépard\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_another_encoding_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read_text(path)


def test_a_huge_list_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(FormatError, match="50 MB; a list may have 20 MB"):
        read_text(path)
    with pytest.raises(FormatError, match="No such file"):
        read_text(tmp_path / "none.csv")


@pytest.mark.parametrize("text", ["", "\n\n", "a,a\n1,2\n"])
def test_without_a_header_there_is_nothing_to_read(text: str) -> None:
    with pytest.raises(FormatError, match=r"empty|twice"):
        list(read_rows(text, "x.csv"))
