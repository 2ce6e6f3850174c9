"""The user's photos, kept once, by hash."""

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from PIL import Image

from core.errors import MediaError

PREVIEW_SIDE = 1280  # px, longer side of what a page shows


@dataclass(frozen=True, slots=True)
class MediaLibrary:
    """Photos under `folder`, at `ab/abcdef….bin`.

    Names come from the content's hash alone: nothing that a camera, a phone or an attacker called a
    file ever becomes part of a path.
    """

    folder: Path

    def path(self, sha256: str) -> Path:
        """Return where a photo is or would be kept.

        Raises:
            MediaError: `bad_hash`, the text is no SHA-256.
        """
        if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise MediaError("bad_hash", "not a photo's hash")
        return self.folder / sha256[:2] / f"{sha256}.bin"

    def find(self, start: str) -> str | None:
        """Return the SHA-256 of a kept photo by its first digits, at least two; `None` if there is none."""
        found = sorted((self.folder / start[:2]).glob(f"{start}*.bin"))
        return found[0].stem if found else None

    def keep(self, data: bytes) -> str:
        """Store a photo unless it is already there, and return its SHA-256."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if not path.exists():
            write_whole(path, data)
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return a stored photo's bytes.

        Raises:
            MediaError: `not_found` or `unreadable`.
        """
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise MediaError("not_found", f"photo {sha256[:12]} is not in the library") from None
        except OSError as error:
            raise MediaError("unreadable", f"photo {sha256[:12]}: {error.strerror}") from error

    def check(self, sha256: str, *, read: bool) -> str | None:
        """Say what is wrong with a stored photo, `None` if nothing is.

        Args:
            read: Compare its content with its hash, not only look whether it is there.
        """
        path = self.path(sha256)
        if not path.is_file():
            return f"photo {sha256[:12]} is missing: {path}"
        if read and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            return f"photo {sha256[:12]} is damaged: its content is not what was stored"
        return None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there completely or not at all, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False)  # noqa: SIM115
    try:
        with part:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
        os.replace(part.name, path)
    except BaseException:  # a full disk, most likely: leave no part behind to fill it further
        os.unlink(part.name)
        raise


def preview(image: Image.Image, side: int = PREVIEW_SIDE) -> bytes:
    """Return a JPEG without any metadata whose longer side is at most `side` pixels."""
    small = image.convert("RGB")  # always a copy
    small.info = {}  # a comment would be written along
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85, optimize=True)
    return buffer.getvalue()
