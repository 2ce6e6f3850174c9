"""Small copies of photos."""

import io
from pathlib import Path

import pytest
from PIL import Image

from core.errors import MediaError
from core.media import MediaLibrary
from core.media.previews import SIDES, Previews
from tests import factories


@pytest.fixture
def previews(tmp_path: Path) -> Previews:
    return Previews(tmp_path / "previews", MediaLibrary(tmp_path / "media"))


@pytest.mark.parametrize("size", SIDES)
def test_a_copy_is_small_upright_and_without_metadata(previews: Previews, size: str) -> None:
    content = factories.jpeg(factories.scene(3000, 2000), exif=factories.good_exif())
    sha256 = previews.library.keep(content)
    copy = Image.open(io.BytesIO(previews.read(sha256, size)))
    assert max(copy.size) == SIDES[size]
    assert not copy.getexif()
    assert b"Exif" not in previews.read(sha256, size)


def test_it_is_made_once(previews: Previews) -> None:
    sha256 = previews.library.keep(factories.jpeg())
    first = previews.read(sha256, "thumb")
    previews.library.path(sha256).unlink()
    assert previews.read(sha256, "thumb") == first
    with pytest.raises(MediaError):
        previews.read(sha256, "full")


def test_at_import_all_are_made(previews: Previews) -> None:
    content = factories.jpeg()
    sha256 = previews.library.keep(content)
    previews.keep(sha256, Image.open(io.BytesIO(content)))
    assert len(list(previews.folder.rglob("*.jpg"))) == len(SIDES)


@pytest.mark.parametrize(
    ("sha256", "size"), [("../../etc/passwd", "thumb"), ("a" * 64, "thumb"), ("a" * 64, "huge")]
)
def test_nothing_else_is_read(previews: Previews, sha256: str, size: str) -> None:
    with pytest.raises(MediaError):
        previews.read(sha256, size)
