"""Turn the bytes of a photo, whatever a camera or a mail program did to it, into upright RGB."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pi_heif
from PIL import Image, ImageChops, ImageFile, UnidentifiedImageError

from core.errors import MediaError
from core.media.colour import BAD_PROFILE, to_rgb
from core.media.exif import Capture, read_capture
from core.media.files import RAW_SUFFIXES, display_name, read_file
from core.media.notes import MediaNote

pi_heif.register_heif_opener()
# Pillow's warnings about odd files speak to programmers; what a person needs to know is in the notes. The
# filter is set once, for the process: `catch_warnings` around each photo would not be thread-safe.
warnings.filterwarnings("ignore", module=r"PIL\.")
# Size is checked from the header below, before any pixel is decoded. Pillow's own limit would only
# warn at the sizes that hurt, and warn on one global setting shared by all threads.
Image.MAX_IMAGE_PIXELS = None

# A JPEG of several pictures (MPO) is opened by the JPEG plugin and then calls itself MPO.
OPENERS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF")
_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".mpo", ".jpg", ".jpeg"),
    "TIFF": (".tif", ".tiff"),
    "HEIF": (".heic", ".heif", ".hif"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "AVIF": (".avif",),
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\0", b"MM\0*")
_BOXES = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")  # the brand in an ISO media file's header
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")
LEAST_SHARE = 0.05  # of the rows; less than that of a damaged photo shows no animal
TINY_SIDE = 32  # px
EXTREME_ASPECT = 8.0


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What we agree to decode. A 10 KB file can claim gigapixels, so the header is checked first."""

    max_bytes: int = 100_000_000
    max_pixels: int = 120_000_000


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded photo.

    Attributes:
        name: The name it came with; for display only, never a path to write to.
        sha256: Hash of the file's bytes, the photo's identity everywhere.
        image: Upright RGB, possibly reduced while decoding.
        width, height: Upright size of the original in pixels.
        format: Pillow's name, such as `"JPEG"`.
    """

    name: str
    sha256: str
    image: Image.Image
    width: int
    height: int
    format: str
    capture: Capture
    notes: tuple[MediaNote, ...] = ()


def load_photo(path: Path, *, min_side: int | None = None, limits: DecodeLimits | None = None) -> Photo:
    """Read and decode a file; see `decode_photo`.

    Raises:
        MediaError: The file cannot be read or is no photo we can decode.
    """
    limits = limits or DecodeLimits()
    data = read_file(path, max_bytes=limits.max_bytes)
    return decode_photo(data, display_name(path.name), min_side=min_side, limits=limits)


def decode_photo(
    data: bytes,
    name: str,
    *,
    min_side: int | None = None,
    limits: DecodeLimits | None = None,
    sha256: str | None = None,
) -> Photo:
    """Decode a photo upright, in 8-bit sRGB.

    Args:
        data: The whole file.
        name: For messages and to notice a wrong suffix.
        min_side: If given, a JPEG may be decoded at a reduced scale (1/2, 1/4 or 1/8) whose shorter
            side is still at least this many pixels; several times faster for large photos.
        sha256: The hash of `data` where the caller has it already.

    Raises:
        MediaError: `empty_file`, `too_large`, `raw_unsupported`, `not_an_image`, `too_many_pixels`
            or `damaged` (too little of it can be decoded).
    """
    limits = limits or DecodeLimits()
    suffix = Path(name).suffix.lower()
    if not data:
        raise MediaError("empty_file", f"{name} has no content; copy it again from the card")
    if len(data) > limits.max_bytes:
        raise MediaError("too_large", f"{name} is larger than {limits.max_bytes / 1e6:.0f} MB")
    _refuse_raw(data, suffix, name)
    source = _open(data, name)
    width, height = source.size
    if width * height > limits.max_pixels:
        raise MediaError(
            "too_many_pixels",
            f"{name} claims {width} x {height} pixels, more than the limit of "
            f"{limits.max_pixels / 1e6:.0f} million; export a smaller copy",
        )
    suffix_notes = _suffix_notes(source, suffix)
    profile, profile_notes = _profile(source)
    if min_side:
        source.draft("RGB", (min_side, min_side))
    if source.format == "PNG":  # may keep its EXIF behind the pixels
        decoded, damage = _decode(source, data, name, min_side)
        capture, exif_notes = read_capture(source)
    else:  # a TIFF forgets its EXIF once it is decoded
        capture, exif_notes = read_capture(source)
        decoded, damage = _decode(source, data, name, min_side)
    if damage:  # the camera's notes may only be missing because they came after the damage
        exif_notes = tuple(note for note in exif_notes if note.code != "bad_exif")
    if decoded.mode == "CMYK" and source.format in ("JPEG", "MPO") and "adobe" not in source.info:
        decoded = ImageChops.invert(decoded)  # Pillow takes every such file for Photoshop's, upside down
    rgb, colour_notes = to_rgb(decoded, profile, name)
    is_upright = source.format == "TIFF"  # Pillow turns these itself, and says so in `size`
    if not is_upright and capture.orientation >= 5:
        width, height = height, width
    turn = _TURNS.get(capture.orientation)
    if turn is not None and (not is_upright or damage):  # `is not None`: mirroring counts as 0
        rgb = rgb.transpose(turn)
    rgb.info = {}  # comments and the like must not slip into previews made of this image
    return Photo(
        name=name,
        sha256=sha256 or hashlib.sha256(data).hexdigest(),
        image=rgb,
        width=width,
        height=height,
        format=source.format or "?",
        capture=capture,
        notes=(
            *suffix_notes, *_shape_notes(width, height), *exif_notes, *damage,
            *profile_notes, *colour_notes, *_frame_notes(source),
        ),
    )  # fmt: skip


def _refuse_raw(data: bytes, suffix: str, name: str) -> None:
    signature = data[:16]
    is_raw = (
        suffix in RAW_SUFFIXES
        or (signature[:4] in (b"II*\0", b"MM\0*") and signature[8:10] == b"CR")
        or signature.startswith(_RAW_STARTS)
        or signature[4:11] == b"ftypcrx"
    )
    if is_raw:
        raise MediaError(
            "raw_unsupported",
            f"{name} is a camera raw file, which Fieldmark does not develop; export it as JPEG first",
        )


def _open(data: bytes, name: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=OPENERS)
    except UnidentifiedImageError:
        if _starts_like_a_photo(data):
            raise MediaError(
                "damaged", f"{name} starts like a photo but is cut short or of a rare kind; copy it again"
            ) from None
        start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        what = "a web page" if start.startswith((b"<!doctype html", b"<html")) else "not a photo"
        raise MediaError("not_an_image", f"{name} is {what}, whatever its name says") from None
    except MemoryError:
        raise MediaError("too_many_pixels", f"{name} does not fit into memory") from None
    except Exception as error:  # a hostile header can raise nearly anything inside a plugin
        raise MediaError("damaged", f"{name} has a broken header: {error}") from error


def _starts_like_a_photo(data: bytes) -> bool:
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    is_box = data[4:8] == b"ftyp" and data[8:12] in _BOXES
    return is_webp or is_box or data.startswith(_STARTS)


def _suffix_notes(source: Image.Image, suffix: str) -> tuple[MediaNote, ...]:
    format_ = source.format or "?"
    if not suffix or suffix in _SUFFIXES.get(format_, ()):
        return ()
    return (MediaNote("wrong_suffix", f"The name ends in {suffix}, but the content is {format_}."),)


def _shape_notes(width: int, height: int) -> tuple[MediaNote, ...]:
    if min(width, height) < TINY_SIDE:
        return (MediaNote("tiny", f"At {width} x {height} pixels there is hardly anything to see."),)
    if max(width, height) > EXTREME_ASPECT * min(width, height):
        return (MediaNote("extreme_shape", f"The photo is a strip of {width} x {height} pixels."),)
    return ()


def _frame_notes(source: Image.Image) -> tuple[MediaNote, ...]:
    """Say that there are more pictures; asked last, for looking ahead may leave `source` in disarray.

    They are not counted: in a hostile file that takes minutes.
    """
    try:
        has_more = bool(getattr(source, "is_animated", False))
    except Exception:  # looking ahead may meet damage
        has_more = False
    if not has_more:
        return ()
    return (MediaNote("several_frames", "Only the first of several pictures in the file was used."),)


def _decode(
    source: Image.Image, data: bytes, name: str, min_side: int | None
) -> tuple[Image.Image, tuple[MediaNote, ...]]:
    """Load all pixels, or the rows that can be had from a damaged file."""
    full = source.height
    try:
        source.load()
        return source, ()
    except MemoryError:
        raise MediaError("too_many_pixels", f"{name} does not fit into memory") from None
    except Exception as error:  # each plugin has its own idea of what broken data raises
        reason = " ".join(str(error).split())
    try:
        partial, full = _readable_rows(source, data, min_side)
    except Exception:  # nothing that a decoder would give out
        partial = None
    share = partial.height / full if partial else 0.0
    if partial is None or share < LEAST_SHARE:
        raise MediaError("damaged", f"{name} is damaged and cannot be shown ({reason}); copy it again")
    if share < 1:
        message = f"The file is damaged: only {share:.0%} of the photo could be read."
    else:  # a progressive file stores the whole photo coarsely before it refines it
        message = "The file is damaged: 100% of the photo could be read, but perhaps not all its detail."
    return partial, (MediaNote("damaged", message),)


def _readable_rows(source: Image.Image, data: bytes, min_side: int | None) -> tuple[Image.Image | None, int]:
    """Return the rows that were decoded, or `None`, and how many there should be."""
    if source.format in ("JPEG", "MPO"):
        # With an end marker libjpeg delivers what there is, also from a progressive file.
        whole: Image.Image = Image.open(io.BytesIO(data + b"\xff\xd9"), formats=("JPEG",))
        if min_side:
            whole.draft("RGB", (min_side, min_side))
        whole.load()
    elif isinstance(source, ImageFile.ImageFile) and not _is_interlaced(source):
        source.tile = []  # the decoder stopped; keep the rows that it had written
        whole = source.copy()
    else:
        return None, source.height
    rows = np.asarray(whole).reshape(whole.height, -1)
    bands = rows.shape[1] // whole.width
    is_bottom_up = source.format == "BMP"
    fill = rows[0, :bands] if is_bottom_up else rows[-1, -bands:]
    has_content = (rows.reshape(whole.height, whole.width, bands) != fill).any(axis=(1, 2))
    if not has_content.any():
        return None, whole.height
    if is_bottom_up:
        return whole.crop((0, int(has_content.argmax()), whole.width, whole.height)), whole.height
    return whole.crop((0, 0, whole.width, len(rows) - int(has_content[::-1].argmax()))), whole.height


def _is_interlaced(source: ImageFile.ImageFile) -> bool:
    """Whether rows are stored out of order, so that half a file is a comb and no half of a photo."""
    gif_tiles = [tile.args for tile in source.tile if tile.codec_name == "gif"]
    is_gif = any(isinstance(args, tuple) and args[1] for args in gif_tiles)
    return is_gif or bool(source.info.get("interlace"))


def _profile(source: Image.Image) -> tuple[bytes | None, tuple[MediaNote, ...]]:
    profile = source.info.get("icc_profile")
    if profile is None and "icc_profile" in source.info:  # Pillow found pieces that make no whole
        return None, (BAD_PROFILE,)
    return profile, ()
