"""Small copies of photos for the screen: made once, without metadata, found by hash."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from core.errors import MediaError
from core.media.decode import load_photo
from core.media.library import MediaLibrary, preview, write_whole

SIDES = {"thumb": 320, "full": 1280}  # px, of the longer side
DECODE_SIDE = 640  # px, shorter side: what a photo is decoded to for them, still fast for a folder of photos


@dataclass(frozen=True, slots=True)
class Previews:
    """Copies in `folder`, made from the photos of a library."""

    folder: Path
    library: MediaLibrary

    def keep(self, sha256: str, image: Image.Image) -> None:
        """Make all copies of a photo that is in memory anyway."""
        for size in SIDES:
            self._make(sha256, size, image)

    def read(self, sha256: str, size: str) -> bytes:
        """Return a JPEG; it is made now if it was not made at import.

        Args:
            size: A key of `SIDES`.

        Raises:
            MediaError: `bad_hash`, `not_found`, or the photo cannot be decoded.
        """
        path = self._path(sha256, size)
        if not path.is_file():
            self._make(sha256, size, load_photo(self.library.path(sha256), min_side=SIDES[size]).image)
        try:
            return path.read_bytes()
        except OSError as error:
            raise MediaError("unreadable", f"preview of {sha256[:12]}: {error.strerror}") from error

    def _path(self, sha256: str, size: str) -> Path:
        if size not in SIDES:
            raise MediaError("not_found", f"there is no size {size!r}")
        kept = self.library.path(sha256)  # refuses what is no hash
        return self.folder / kept.parent.name / f"{sha256}-{size}.jpg"

    def _make(self, sha256: str, size: str, image: Image.Image) -> None:
        path = self._path(sha256, size)
        if not path.is_file():
            write_whole(path, preview(image, SIDES[size]))


def reduced(image: Image.Image) -> Image.Image:
    """Return an image with no more pixels than its largest copy needs, to hold many of them in memory."""
    small = image.copy()
    small.thumbnail((max(SIDES.values()),) * 2)
    return small
