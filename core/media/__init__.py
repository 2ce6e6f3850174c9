"""Photos, however broken: decode them upright, read when and where, keep them once by hash."""

from core.media.decode import DecodeLimits, Photo, decode_photo, load_photo
from core.media.exif import Capture, Position
from core.media.files import display_name, find_photos, read_file, valid_text
from core.media.library import MediaLibrary
from core.media.notes import MediaNote

__all__ = [
    "Capture",
    "DecodeLimits",
    "MediaLibrary",
    "MediaNote",
    "Photo",
    "Position",
    "decode_photo",
    "display_name",
    "find_photos",
    "load_photo",
    "read_file",
    "valid_text",
]
