"""Which format a file has."""

from pathlib import Path

import pytest

from core.errors import FormatError
from core.formats.label_formats import FORMATS, format_named, read_labels
from tests.unit.formats.exchanged import PHOTOS, TREE


@pytest.mark.parametrize("name", FORMATS)
def test_the_beginning_of_a_file_tells_its_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text(FORMATS[name].write(PHOTOS, TREE), encoding="utf-8", newline="")
    assert read_labels(path, TREE).photos == PHOTOS
    assert read_labels(path, TREE, name).photos == PHOTOS


def test_a_format_that_we_have_not(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="use one of csv, coco, label-studio"):
        format_named("xlsx")
    with pytest.raises(FormatError, match="No such file"):
        read_labels(tmp_path / "gone.csv", TREE)
