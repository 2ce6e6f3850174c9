"""Paths of every kind become bytes or an error with a stable code; nothing blocks."""

import errno
import os
from pathlib import Path

import pytest

from core.errors import MediaError
from core.media import DecodeLimits, display_name, find_photos, load_photo, read_file
from tests.factories import ODD_NAMES, jpeg

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
not_for_root = pytest.mark.skipif(IS_ROOT, reason="permissions do not bind root")


def error_of(path: Path, max_bytes: int = 10_000) -> MediaError:
    with pytest.raises(MediaError) as caught:
        read_file(path, max_bytes=max_bytes)
    assert str(caught.value).isprintable()
    return caught.value


def deny(number: int):
    def refuse(*_args, **_kwargs):
        raise OSError(number, os.strerror(number))

    return refuse


class TestReadFile:
    def test_content(self, tmp_path):
        (tmp_path / "a.jpg").write_bytes(b"content")
        assert read_file(tmp_path / "a.jpg", max_bytes=7) == b"content"

    @pytest.mark.parametrize("name", ODD_NAMES)
    def test_odd_names(self, tmp_path, name):
        (tmp_path / name).write_bytes(jpeg())
        photo = load_photo(tmp_path / name)
        assert photo.name.isprintable()
        assert photo.name.encode()  # no half characters
        assert photo.notes == ()

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("missing.jpg", "not_found"),
            ("missing/folder/a.jpg", "not_found"),
            ("x" * 300 + ".jpg", "unreadable"),
            ("a\0b.jpg", "unreadable"),
            ("half \ud83d character.jpg", "unreadable"),
            ("good.jpg/below.jpg", "unreadable"),
            ("empty.jpg", "empty_file"),
            ("folder.jpg", "not_a_file"),
            ("loop.jpg", "unreadable"),
            ("there.jpg", "unreadable"),
            ("dangling.jpg", "not_found"),
        ],
    )
    def test_errors(self, tmp_path, name, code):
        (tmp_path / "good.jpg").write_bytes(b"content")
        (tmp_path / "empty.jpg").touch()
        (tmp_path / "folder.jpg").mkdir()
        (tmp_path / "loop.jpg").symlink_to("loop.jpg")
        (tmp_path / "there.jpg").symlink_to("back.jpg")
        (tmp_path / "back.jpg").symlink_to("there.jpg")
        (tmp_path / "dangling.jpg").symlink_to("nowhere")
        assert error_of(tmp_path / name).code == code

    @pytest.mark.timeout(10)
    def test_a_pipe_does_not_block(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.jpg")
        assert error_of(tmp_path / "pipe.jpg").code == "not_a_file"

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device")
    def test_a_device_does_not_read_forever(self):
        assert error_of(Path("/dev/zero")).code == "not_a_file"

    @not_for_root
    def test_no_permission(self, tmp_path):
        path = tmp_path / "a.jpg"
        path.write_bytes(b"content")
        path.chmod(0)
        assert error_of(path).code == "no_permission"

    def test_permission_refused_on_opening(self, tmp_path, monkeypatch):
        (tmp_path / "a.jpg").write_bytes(b"content")
        monkeypatch.setattr(Path, "open", deny(errno.EACCES))
        assert error_of(tmp_path / "a.jpg").code == "no_permission"

    def test_a_card_with_read_errors(self, tmp_path, monkeypatch):
        (tmp_path / "a.jpg").write_bytes(b"content")
        monkeypatch.setattr(Path, "open", deny(errno.EIO))
        assert error_of(tmp_path / "a.jpg").code == "unreadable"

    def test_the_limit(self, tmp_path):
        (tmp_path / "a.jpg").write_bytes(bytes(101))
        assert error_of(tmp_path / "a.jpg", max_bytes=100).code == "too_large"
        assert len(read_file(tmp_path / "a.jpg", max_bytes=101)) == 101

    def test_a_file_that_grows_while_it_is_read(self, tmp_path, monkeypatch):
        path = tmp_path / "a.jpg"
        path.write_bytes(bytes(50))
        status = path.stat()
        path.write_bytes(bytes(500))
        monkeypatch.setattr(Path, "stat", lambda self: status)
        assert error_of(path, max_bytes=100).code == "too_large"

    def test_load_photo_has_a_limit_by_default(self):
        assert DecodeLimits().max_bytes == 100_000_000


class TestFindPhotos:
    @pytest.fixture
    def folder(self, tmp_path):
        for name in ("b.jpg", "a.PNG", "notes.txt", "._a.jpg", ".hidden.jpg", "raw.CR2", "deep/er/c.heic"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path

    def found(self, folder: Path) -> list[str]:
        return [str(path.relative_to(folder)) for path in find_photos(folder)]

    def test_photos_and_raw_files_sorted(self, folder):
        assert self.found(folder) == ["a.PNG", "b.jpg", "raw.CR2", "deep/er/c.heic"]

    @pytest.mark.parametrize("name", ["notes.txt", ".hidden.jpg", "missing.jpg", "a\0b", "x" * 300])
    def test_what_is_named_is_yielded(self, folder, name):
        assert list(find_photos(folder / name)) == [folder / name]

    def test_a_folder_called_like_a_photo(self, folder):
        (folder / "x.jpg").mkdir()
        (folder / "x.jpg" / "inside.jpg").touch()
        assert self.found(folder)[-2:] == ["x.jpg", "x.jpg/inside.jpg"]

    def test_links_to_folders_are_not_followed(self, folder):
        (folder / "again").symlink_to(folder, target_is_directory=True)
        (folder / "round.jpg").symlink_to("..", target_is_directory=True)
        (folder / "loop.jpg").symlink_to("loop.jpg")
        assert self.found(folder) == ["a.PNG", "b.jpg", "loop.jpg", "raw.CR2", "round.jpg", "deep/er/c.heic"]

    def test_a_link_that_is_named_is_followed(self, folder):
        (folder / "again").symlink_to(folder / "deep", target_is_directory=True)
        assert list(find_photos(folder / "again")) == [folder / "again" / "er" / "c.heic"]

    @not_for_root
    def test_a_locked_folder_is_reported(self, folder):
        (folder / "deep").chmod(0)
        try:
            assert self.found(folder)[-1] == "deep"
            assert error_of(folder / "deep").code == "no_permission"
        finally:
            (folder / "deep").chmod(0o700)

    def test_a_folder_that_cannot_be_listed_is_reported(self, folder, monkeypatch):
        scandir = os.scandir

        def guarded(path):
            if str(path).endswith("deep"):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return scandir(path)

        monkeypatch.setattr(os, "scandir", guarded)
        monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("deep"))
        assert self.found(folder)[-1] == "deep"
        assert error_of(folder / "deep").code == "no_permission"

    def test_an_empty_folder(self, tmp_path):
        assert list(find_photos(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("fox.jpg", "fox.jpg"),
        ("Fähe 🦊.jpg", "Fähe 🦊.jpg"),
        ("two\nlines\r.jpg", "twolines.jpg"),
        ("\x1b[31mred\x1b[0m.jpg", "[31mred[0m.jpg"),
        ("gpj.\u202exof.jpg", "gpj.xof.jpg"),  # would be displayed backwards
        ("latin \udce9.jpg", "latin \ufffd.jpg"),
        ("half \ud83d.jpg", "half \ufffd.jpg"),
        ("nul\0.jpg", "nul.jpg"),
        ("x" * 999, "x" * 255),
        ("", ""),
    ],
)
def test_display_name(name, shown):
    assert display_name(name) == shown
