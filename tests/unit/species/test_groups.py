"""Short cards of higher taxa."""

from pathlib import Path

import pytest

from core.errors import CardError
from core.settings import ROOT
from core.species.groups import load_group, read_groups


def test_ours_can_all_be_read() -> None:
    groups, problems = read_groups(ROOT / "species_info")
    assert problems == ()
    assert len(groups) == 274
    assert "claws" in groups["felidae"].text


@pytest.mark.parametrize(
    "text",
    ["no heading", "# Canidae\n\nanother name", "# Felidae\n\n", "# Felidae\n\n<script>alert(1)</script>"],
)
def test_others_are_left_out_and_named(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "groups"
    folder.mkdir()
    (folder / "Felidae.md").write_text(text)
    (folder / "Canidae.md").write_text("# Canidae\n\nDogs and their kin.\n")
    with pytest.raises(CardError, match=r"Felidae\.md"):
        load_group(folder / "Felidae.md")
    groups, problems = read_groups(tmp_path)
    assert list(groups) == ["canidae"]
    assert len(problems) == 1
