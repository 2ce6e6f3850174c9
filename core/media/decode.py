"""Turn the bytes of a photo, whatever a camera or a mail program did to it, into upright RGB."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pi_heif
from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError

from core.errors import MediaError
from core.media.exif import Capture, read_capture
from core.media.files import RAW_SUFFIXES, read_file
from core.media.notes import MediaNote

pi_heif.register_heif_opener()
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
LEAST_SHARE = 0.05  # of the rows; less than that of a damaged photo shows no animal
TINY_SIDE = 32  # px
EXTREME_ASPECT = 8.0
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


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
    return decode_photo(
        read_file(path, max_bytes=limits.max_bytes), path.name, min_side=min_side, limits=limits
    )


def decode_photo(
    data: bytes, name: str, *, min_side: int | None = None, limits: DecodeLimits | None = None
) -> Photo:
    """Decode a photo upright, in 8-bit sRGB.

    Args:
        data: The whole file.
        name: For messages and to notice a wrong suffix.
        min_side: If given, a JPEG may be decoded at a reduced scale (1/2, 1/4 or 1/8) whose shorter
            side is still at least this many pixels; several times faster for large photos.

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
    format_ = source.format or "?"
    capture, notes = read_capture(source)
    notes += _header_notes(source, suffix)
    profile = source.info.get("icc_profile")
    if min_side:
        source.draft("RGB", (min_side, min_side))
    decoded, damage = _decode(source, data, name)
    if damage:  # the camera's notes may only be missing because they came after the damage
        notes = tuple(note for note in notes if note.code != "bad_exif")
    rgb, colour_notes = _to_rgb(decoded, profile)
    if turn := _TURNS.get(capture.orientation):
        rgb = rgb.transpose(turn)
        if capture.orientation >= 5:
            width, height = height, width
    return Photo(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        image=rgb,
        width=width,
        height=height,
        format=format_,
        capture=capture,
        notes=(*notes, *damage, *colour_notes),
    )


def _refuse_raw(data: bytes, suffix: str, name: str) -> None:
    signature = data[:16]
    is_raw = (
        suffix in RAW_SUFFIXES
        or (signature[:4] in (b"II*\0", b"MM\0*") and signature[8:10] == b"CR")
        or signature.startswith((b"FUJIFILMCCD-RAW", b"IIRO", b"IIU\0"))
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
        start = data[:512].lstrip().lower()
        what = "a web page" if start.startswith((b"<!doctype html", b"<html")) else "not a photo"
        raise MediaError("not_an_image", f"{name} is {what}, whatever its name says") from None
    except Exception as error:  # a hostile header can raise nearly anything inside a plugin
        raise MediaError(
            "damaged", f"{name} is damaged and cannot be opened ({error}); copy it again"
        ) from error


def _header_notes(source: Image.Image, suffix: str) -> tuple[MediaNote, ...]:
    notes = []
    format_ = source.format or "?"
    if suffix and suffix not in _SUFFIXES.get(format_, ()):
        notes.append(MediaNote("wrong_suffix", f"The name ends in {suffix}, but the content is {format_}."))
    try:
        frames = getattr(source, "n_frames", 1)
    except Exception:  # counting frames walks the whole file and may meet the damage
        frames = 1
    if frames > 1:
        notes.append(
            MediaNote("several_frames", f"Only the first of {frames} pictures in the file was used.")
        )
    width, height = source.size
    if min(width, height) < TINY_SIDE:
        notes.append(MediaNote("tiny", f"At {width} x {height} pixels there is hardly anything to see."))
    elif max(width, height) > EXTREME_ASPECT * min(width, height):
        notes.append(MediaNote("extreme_shape", f"The photo is a strip of {width} x {height} pixels."))
    return tuple(notes)


def _decode(source: Image.Image, data: bytes, name: str) -> tuple[Image.Image, tuple[MediaNote, ...]]:
    """Load all pixels, or the rows above the damage."""
    try:
        source.load()
        return source, ()
    except MemoryError:
        raise MediaError("too_many_pixels", f"{name} does not fit into memory") from None
    except Exception as error:  # each plugin has its own idea of what broken data raises
        reason = str(error)
    partial = _rows_before_damage(source, data)
    share = partial.height / source.height if partial else 0.0
    if partial is None or share < LEAST_SHARE:
        raise MediaError("damaged", f"{name} is damaged and cannot be shown ({reason}); copy it again")
    if share < 1:
        message = f"The file is damaged: only {share:.0%} of the photo could be read."
    else:  # a progressive JPEG holds all rows coarsely before any of them finely
        message = "The file is damaged: 100% of the rows could be read, but fine detail is missing."
    return partial, (MediaNote("damaged", message),)


def _rows_before_damage(source: Image.Image, data: bytes) -> Image.Image | None:
    if source.format in ("JPEG", "MPO"):
        # With an end marker libjpeg delivers what there is, also from a progressive file.
        source = Image.open(io.BytesIO(data + b"\xff\xd9"), formats=("JPEG",))
        try:
            source.load()
        except Exception:
            return None
    elif isinstance(source, ImageFile.ImageFile) and getattr(source, "_im", None) is not None:
        source.tile = []  # the decoder stopped; keep the rows that it had written
    else:
        return None
    pixels = np.asarray(source.convert("RGB"))
    is_fill = (pixels == pixels[-1, -1]).all(axis=(1, 2))
    kept = len(is_fill) - int(np.argmin(is_fill[::-1])) if not is_fill.all() else 0
    return source.crop((0, 0, source.width, kept)) if kept else None


def _to_rgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, tuple[MediaNote, ...]]:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return Image.fromarray(_to_eight_bits(np.asarray(image))).convert("RGB"), ()
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            return _to_srgb(image, profile), ()
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            note = MediaNote("bad_colour_profile", "The colour profile is broken and was ignored.")
            return image.convert("RGB"), (note,)
    if image.mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        canvas = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(canvas, layer).convert("RGB"), ()
    return image.convert("RGB"), ()


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if image.mode == "RGB" and "srgb" in ImageCms.getProfileDescription(embedded).lower():
        return image
    converted = ImageCms.profileToProfile(image, embedded, _SRGB, outputMode="RGB")
    return converted if converted is not None else image.convert("RGB")


def _to_eight_bits(values: np.ndarray) -> np.ndarray:
    """Scale 16-bit or floating-point grey to 8 bits.

    Full-range 16-bit data keep their exposure (divided by 257). Sensors that fill only a few of the
    bits (10- to 12-bit thermal and night cameras) and data of unknown range are stretched instead,
    or they would come out black.
    """
    data = np.nan_to_num(values.astype(np.float32))
    low, high = float(data.min()), float(data.max())
    if low >= 0 and 4096 <= high <= 65535:
        return (data / 257.0).round().astype(np.uint8)
    return ((data - low) * (255.0 / max(high - low, 1e-9))).round().astype(np.uint8)
