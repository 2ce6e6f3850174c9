"""The library keeps a photo once, under its hash alone, whole or not at all."""

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from core.errors import MediaError
from core.media import MediaLibrary
from core.media.library import preview, write_whole
from tests.factories import encode, good_exif, jpeg, scene, swapped_profile


@pytest.fixture
def library(tmp_path) -> MediaLibrary:
    return MediaLibrary(tmp_path / "media")


def files(library: MediaLibrary) -> list[str]:
    return sorted(path.name for path in library.folder.rglob("*") if path.is_file())


def test_a_photo_is_kept_once_and_read_back(library):
    first, second = library.keep(b"photo"), library.keep(b"photo")
    assert first == second == hashlib.sha256(b"photo").hexdigest()
    assert library.read(first) == b"photo"
    assert files(library) == [f"{first}.bin"]


def test_a_photo_is_found_by_its_first_digits(library):
    kept = library.keep(b"photo")
    assert library.find(kept[:16]) == library.find(kept) == kept
    assert library.find("0" * 16) is None


def test_many_at_once(library):
    with ThreadPoolExecutor(8) as pool:
        hashes = list(pool.map(library.keep, [b"same", b"other"] * 40))
    assert len(set(hashes)) == len(files(library)) == 2


@pytest.mark.parametrize(
    "text", ["", "../../etc/passwd", "a" * 63, "A" * 64, "g" * 64, "a" * 65, "/" + "a" * 63, "a" * 63 + "\0"]
)
def test_only_hashes_become_paths(library, text):
    for use in (library.path, library.read):
        with pytest.raises(MediaError) as caught:
            use(text)
        assert caught.value.code == "bad_hash"


def test_a_photo_that_was_never_kept(library):
    with pytest.raises(MediaError) as caught:
        library.read("a" * 64)
    assert caught.value.code == "not_found"


def test_a_photo_that_cannot_be_read(library):
    library.path("a" * 64).mkdir(parents=True)
    with pytest.raises(MediaError) as caught:
        library.read("a" * 64)
    assert caught.value.code == "unreadable"


def test_a_full_disk_leaves_nothing_behind(library, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        library.keep(b"photo")
    assert files(library) == []


def test_write_whole_replaces(tmp_path):
    write_whole(tmp_path / "new" / "a.txt", b"one")
    write_whole(tmp_path / "new" / "a.txt", b"two")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"two"


class TestPreview:
    @pytest.mark.parametrize(
        ("size", "expected"),
        [((2000, 1000), (1280, 640)), ((300, 200), (300, 200)), ((30_000, 2), (1280, 1)), ((1, 1), (1, 1))],
    )
    def test_size(self, size, expected):
        assert Image.open(io.BytesIO(preview(scene(*size)))).size == expected

    def test_the_original_is_left_alone(self):
        image = scene(2000, 1000)
        preview(image)
        assert image.size == (2000, 1000)

    def test_no_metadata(self):
        secret = b"36.5 S 140 E"
        data = jpeg(exif=good_exif(), comment=secret, xmp=b"<x>" + secret, icc_profile=swapped_profile())
        with Image.open(io.BytesIO(data)) as image:
            shown = preview(image)
        assert secret not in shown
        assert not {"exif", "xmp", "comment", "icc_profile"} & set(Image.open(io.BytesIO(shown)).info)

    @pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
    def test_any_mode(self, mode):
        image = scene().convert(mode)
        assert Image.open(io.BytesIO(preview(image))).mode == "RGB"
        assert encode(Image.open(io.BytesIO(preview(image))), "PNG")
