"""`python -m core similar`: from saved photos to those that look alike."""

from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from core.__main__ import app
from core.errors import FieldmarkError
from tests.factories import jpeg, scene

RUNNER = CliRunner()


@pytest.fixture
def photos(tmp_path: Path, monkeypatch, cat_photo, cat_pixels) -> Path:
    """A cat, the same a little smaller, and two scenes without animals, all saved."""
    monkeypatch.setenv("FIELDMARK_DATA", str(tmp_path / "data"))
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").write_bytes(cat_photo)
    small = Image.fromarray(cat_pixels)
    (folder / "small.jpg").write_bytes(jpeg(small.resize((small.width * 3 // 4, small.height * 3 // 4))))
    for seed in (1, 2):
        (folder / f"scene{seed}.jpg").write_bytes(jpeg(scene(seed=seed)))
    return folder


def test_the_nearest_photos_and_near_duplicates(photos: Path) -> None:
    with pytest.raises(FieldmarkError, match="identify PHOTOS --save"):
        RUNNER.invoke(app, ["similar", str(photos / "cat.jpg")], catch_exceptions=False)
    assert RUNNER.invoke(app, ["identify", str(photos), "--save"]).exit_code == 0
    lines = RUNNER.invoke(app, ["similar", str(photos / "cat.jpg"), "--count", "3"]).stdout.splitlines()
    assert [line.split()[2] for line in lines[:2]] == ["cat.jpg", "small.jpg"]
    assert lines[0].startswith("1.000")
    assert ["near-duplicate" in line for line in lines] == [True, True, False]
    part = RUNNER.invoke(app, ["similar", str(photos / "cat.jpg"), "--box", "0.3,0.1,0.5,0.6"]).stdout
    assert part.splitlines()[0].split()[2] in ("cat.jpg", "small.jpg")
    assert "near-duplicate" not in part
    assert not part.startswith("1.000")


@pytest.mark.parametrize("box", ["0,0,1", "0,0,2,2", "left"])
def test_a_box_outside_of_the_photo(photos: Path, box: str) -> None:
    assert RUNNER.invoke(app, ["similar", str(photos / "cat.jpg"), "--box", box]).exit_code == 2
