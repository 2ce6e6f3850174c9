"""When and where a photo was taken, read from EXIF written by any camera, broken ones included."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags, Image

from core.media.files import display_name
from core.media.notes import MediaNote

_OFFSET_TAGS = (ExifTags.Base.OffsetTimeOriginal, ExifTags.Base.OffsetTime)
_TIME_TAGS = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized)
_BAD_EXIF = MediaNote("bad_exif", "The camera's notes (EXIF) are damaged and were ignored.")
MOST_CAMERA = 120  # characters
EARLIEST_YEAR = 1990  # cameras with a flat battery say 1970 or 1980


@dataclass(frozen=True, slots=True)
class Position:
    """A place in degrees, WGS 84: latitude -90..90 (north positive), longitude -180..180."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Capture:
    """What the camera wrote about the moment of capture.

    Attributes:
        at: Local time; aware only if the camera wrote its offset from UTC. `None` if unknown.
        position: `None` if unknown or impossible.
        orientation: EXIF orientation 1-8; 1 is upright.
        camera: Maker, model and serial number, as far as the camera wrote them.
    """

    at: datetime | None = None
    position: Position | None = None
    orientation: int = 1
    camera: str = ""


def read_capture(image: Image.Image) -> tuple[Capture, tuple[MediaNote, ...]]:
    """Read time, place and orientation. Never raises: what is broken becomes a note."""
    try:
        exif = _read_exif(image)
        orientation = exif.get(ExifTags.Base.Orientation, 1)  # values, too, are parsed when asked for
        changed_at = exif.get(ExifTags.Base.DateTime)
        maker = [exif.get(tag) for tag in (ExifTags.Base.Make, ExifTags.Base.Model)]
    except Exception:  # Pillow raises SyntaxError, struct.error, KeyError ... on hostile EXIF
        return Capture(), (_BAD_EXIF,)
    notes: list[MediaNote] = []
    details = _read_directory(exif, ExifTags.IFD.Exif, notes)
    gps = _read_directory(exif, ExifTags.IFD.GPSInfo, notes)
    position = _read_position(gps)
    if position is None and ExifTags.GPS.GPSLatitude in gps:
        notes.append(MediaNote("bad_position", "The position in the file is impossible and was ignored."))
    orientation = int(orientation) if orientation in range(1, 9) else 1
    camera = _camera([*maker, details.get(ExifTags.Base.BodySerialNumber)])
    return Capture(_read_time(details, changed_at), position, orientation, camera), tuple(
        dict.fromkeys(notes)
    )


def _camera(parts: list[Any]) -> str:
    texts = (display_name(part) for part in parts if isinstance(part, str))
    return " ".join(text for text in texts if text)[:MOST_CAMERA]


def _read_exif(image: Image.Image) -> Image.Exif:
    block = image.info.get("exif")
    if isinstance(block, bytes):
        Image.Exif().load(block)  # raises; opening a JPEG has met the same damage, and hushed it up
    # Not `image.getexif()`: that of a PNG decodes the photo, and fails where the photo is damaged.
    return Image.Image.getexif(image)


def _read_directory(exif: Image.Exif, tag: int, notes: list[MediaNote]) -> dict[int, Any]:
    try:
        return exif.get_ifd(tag)
    except Exception:  # as above; the rest may still be good
        notes.append(_BAD_EXIF)
        return {}


def _read_time(details: dict[int, Any], fallback: Any) -> datetime | None:
    for text in [*(details.get(tag) for tag in _TIME_TAGS), fallback]:
        moment = _parse_time(text)
        if moment is not None:
            return moment.replace(tzinfo=_parse_offset(details))
    return None


def _parse_time(text: Any) -> datetime | None:
    try:
        moment = datetime.strptime(str(text).strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    return moment if moment.year >= EARLIEST_YEAR else None


def _parse_offset(details: dict[int, Any]) -> timezone | None:
    for tag in _OFFSET_TAGS:
        text = str(details.get(tag, "")).strip("\0 ")
        try:
            hours, minutes = text[1:].split(":")
            shift = timedelta(hours=int(hours), minutes=int(minutes))
            return timezone(-shift if text[0] == "-" else shift)
        except (ValueError, IndexError, OverflowError):
            continue
    return None


def _read_position(gps: dict[int, Any]) -> Position | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    if latitude == 0 and longitude == 0:  # written by receivers that have no fix
        return None
    return Position(latitude, longitude)


def _degrees(parts: Any, reference: Any, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ArithmeticError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    if isinstance(reference, bytes):
        reference = reference.decode("ascii", "ignore")
    return -value if str(reference).strip("\0 ").upper() == negative else value
