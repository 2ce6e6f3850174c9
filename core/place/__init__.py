"""Where photos were taken, and what that means for the animals on them."""

from core.place.borders import Borders, Whereabouts, load_borders
from core.place.presence import PlaceStatus, Presence, PresenceRecord, presence_at
from core.place.privacy import safe_position

__all__ = [
    "Borders",
    "PlaceStatus",
    "Presence",
    "PresenceRecord",
    "Whereabouts",
    "load_borders",
    "presence_at",
    "safe_position",
]
