"""Photos of species that the model does not know."""

from pathlib import Path

import pytest
from PIL import Image

from core.errors import ManifestError
from core.evaluation.foreign import count_unknown, read_foreign
from tests.unit.evaluation.worlds import TREE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("known.png", "strange.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    return tmp_path


def test_all_photos_of_a_folder_count(folder: Path) -> None:
    assert [p.path.name for p in read_foreign(folder, folder, TREE)] == ["known.png", "strange.png"]


def test_rows_of_listed_species_are_left_out(folder: Path) -> None:
    table = folder / "foreign.csv"
    table.write_text("file,scientific_name\nknown.png,s0-0\nstrange.png,Vulpes vulpes\n", encoding="utf-8")
    assert [p.path.name for p in read_foreign(table, folder, TREE)] == ["strange.png"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file\n", "no rows"),
        ("photo\na.png\n", "no column `file`"),
        ("file\nnowhere.png\n", "1 photos do not exist, the first is .*nowhere.png"),
        ("file,scientific_name\nknown.png,s0-0\n", "no photo of a species that the model does not know"),
    ],
)
def test_a_list_that_is_of_no_use_is_refused(folder: Path, text: str, message: str) -> None:
    table = folder / "foreign.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError, match=message):
        read_foreign(table, folder, TREE)


def test_a_list_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(ManifestError, match="cannot read"):
        read_foreign(folder / "missing.csv", folder, TREE)


def test_unknown_names_of_a_split_are_counted(folder: Path) -> None:
    table = folder / "manifest.csv"
    rows = "a.png,s0-0,test\nb.png,Vulpes vulpes,test\nc.png,Vulpes lagopus,val\nd.png,empty,test\n"
    table.write_text("file,scientific_name,split\n" + rows, encoding="utf-8")
    assert count_unknown(table, "test", TREE) == 1
