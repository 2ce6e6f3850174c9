"""From a path to bytes, and from a folder to paths."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from core.errors import MediaError

PHOTO_SUFFIXES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".webp",
        ".gif",
        ".tif",
        ".tiff",
        ".bmp",
        ".heic",
        ".heif",
        ".hif",
        ".avif",
        ".mpo",
    ]
)
RAW_SUFFIXES = frozenset(
    [".cr2", ".cr3", ".nef", ".nrw", ".arw", ".dng", ".raf", ".orf", ".rw2", ".pef", ".srw"]
)


def read_file(path: Path, *, max_bytes: int) -> bytes:
    """Return the whole content of a photo file.

    Raises:
        MediaError: `not_found`, `not_a_file`, `no_permission`, `too_large`, `empty_file` or
            `unreadable` (for example a loop of symbolic links).
    """
    name = display_name(path.name)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            _refuse_folder(path, name)
        if not stat.S_ISREG(status.st_mode):  # a pipe or a device would block, or never end
            raise MediaError("not_a_file", f"{name} is not a regular file")
        if status.st_size > max_bytes:
            raise _too_large(name, max_bytes)
        with path.open("rb") as file:
            # It may have grown since; asking for much more than there is would cost the memory for it.
            data = file.read(min(max_bytes, status.st_size + 4096) + 1)
    except (OSError, ValueError) as error:
        raise _from_os_error(name, error) from error
    if not data:
        raise MediaError("empty_file", f"{name} has no content; copy it again from the card")
    if len(data) > max_bytes:
        raise _too_large(name, max_bytes)
    return data


def _refuse_folder(path: Path, name: str) -> NoReturn:
    if not os.access(path, os.R_OK | os.X_OK):  # `find_photos` yields these, so that nothing goes missing
        raise MediaError("no_permission", f"no permission to look into the folder {name}")
    raise MediaError("not_a_file", f"{name} is a folder, not a photo")


def _too_large(name: str, max_bytes: int) -> MediaError:
    return MediaError("too_large", f"{name} is larger than {max_bytes / 1e6:g} MB; export a smaller JPEG")


def _from_os_error(name: str, error: OSError | ValueError) -> MediaError:
    if isinstance(error, FileNotFoundError):
        return MediaError("not_found", f"{name} does not exist")
    if isinstance(error, PermissionError):
        return MediaError("no_permission", f"no permission to read {name}")
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return MediaError("unreadable", f"{name} is a loop of symbolic links")
    return MediaError("unreadable", f"{name} cannot be read: {getattr(error, 'strerror', error)}")


def display_name(name: str) -> str:
    """Return a file name that can be shown, stored and printed: valid Unicode, no control
    characters, at most 255 characters.
    """
    return "".join(c for c in valid_text(name) if c.isprintable())[:255]


def deployment_name(file: str) -> str:
    """Return the last folders of a path, which is how people file what a camera took; `""` for a bare name.

    At most three, since every card has its DCIM/100..., and no more, since the rest is about somebody's computer.
    """
    folders = [part for part in Path(file).parent.parts if part not in (os.sep, "..", ".")]
    return display_name("/".join(folders[-3:]))


def valid_text(text: str) -> str:
    """Return text that every encoder accepts: bytes of a name that are no Unicode become U+FFFD."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def find_photos(path: Path) -> Iterator[Path]:
    """Yield a file as it is, or every photo under a folder, sorted, without following links to folders.

    In a folder only names that end like a photo count, and hidden files (`._IMG_1.JPG`) do not. A
    folder that is called like a photo is searched and also yielded itself, so that reading it says
    what it is instead of leaving people to wonder where `x.jpg` went. So is a folder that must not
    be opened, and a link to a folder if it is called like a photo.
    """
    if not os.path.isdir(path):  # unlike Path.is_dir, never raises
        yield path
        return
    locked: list[str] = []
    for folder, subfolders, names in os.walk(path, onerror=lambda error: locked.append(error.filename)):
        subfolders.sort()
        if _is_photo_name(os.path.basename(folder)):
            yield Path(folder)
        links = [name for name in subfolders if os.path.islink(os.path.join(folder, name))]
        yield from (Path(folder, name) for name in sorted(names + links) if _is_photo_name(name))
    yield from map(Path, locked)


def _is_photo_name(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in PHOTO_SUFFIXES | RAW_SUFFIXES
