"""What may occur at a place, as people write it down."""

from pathlib import Path

import pytest

from core.errors import TaxonomyError
from core.formats.checklist import checklist_of, read_checklist
from core.taxonomy import BLANK
from tests.unit.model.test_tree_head import CLASSES
from tests.unit.test_answering import Silent

BUNDLE = Silent().bundle


def shares(text: str, tmp_path: Path) -> dict[str, float]:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return dict(zip(CLASSES, read_checklist(path, BUNDLE).shares, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "Panthera leo\nPANTHERA ONCA\n",
        "scientific_name,count\nPanthera leo,3\nPanthera onca,1\n",
        "Panthera\n\n",
    ],
)
def test_names_of_any_rank_with_or_without_a_header(text: str, tmp_path: Path) -> None:
    found = shares(text, tmp_path)
    assert found["panthera-leo"] == found["panthera-onca"] == found[BLANK] > 0.3
    assert found["lynx-lynx"] == pytest.approx(0.01)


def test_a_typing_error_is_found_and_explained(tmp_path: Path) -> None:
    with pytest.raises(
        TaxonomyError, match=r"line 2: the model knows no 'Pantera leo'; did you mean 'panthera leo'"
    ):
        shares("Lynx lynx\nPantera leo\n", tmp_path)


@pytest.mark.parametrize("text", ["", "\n\n", "species\n"])
def test_an_empty_list_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="empty"):
        shares(text, tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="cannot read the checklist"):
        read_checklist(tmp_path / "none.csv", BUNDLE)
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(TaxonomyError, match="cannot read the checklist"):
        read_checklist(tmp_path / "bad.csv", BUNDLE)


def test_names_that_were_picked() -> None:
    assert checklist_of(["Lynx lynx"], BUNDLE, ["picked"]).n == 0
