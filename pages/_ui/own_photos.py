"""A person's own photos of a species: the picture on its card, how many, when last, and roughly where."""

from html import escape

import streamlit as st

from core.errors import MediaError
from core.place import safe_position
from core.species import SpeciesCard
from core.store import Sightings
from pages._ui import services

MOST = 3


def draw(card: SpeciesCard, found: Sightings | None) -> None:
    """Draw up to three of the photos and a line about all of them."""
    if found is None:
        return
    pictures = [picture for sha256 in found.photos[:MOST] if (picture := _picture(sha256)) is not None]
    if pictures:
        name = card.common_names["en"]
        for column, picture in zip(st.columns(len(pictures)), pictures, strict=True):
            column.image(picture, width="stretch", alt=f"Your photo of {name}")
    st.html(f'<p class="fm-seen fm-soft">{escape(summary(found))}</p>')


def summary(found: Sightings) -> str:
    """Return how many photos there are and when the last was taken."""
    n = len(found.photos)
    last = f", last on {found.last_seen}" if found.last_seen else ""
    return f"In {n} of your photos{last}." if n > 1 else f"In one of your photos{last}."


def cells(card: SpeciesCard, found: Sightings | None) -> dict[tuple[float, float, float], int]:
    """Return how many photos were taken in each grid cell: latitude and longitude of its middle, and side."""
    counted: dict[tuple[float, float, float], int] = {}
    for latitude, longitude in found.positions if found else ():
        safe = safe_position(latitude, longitude, card.iucn)
        key = (safe.latitude, safe.longitude, safe.cell)
        counted[key] = counted.get(key, 0) + 1
    return counted


def _picture(sha256: str) -> bytes | None:
    """Return a small JPEG without metadata, `None` if the photo is not in the library any more."""
    try:
        return services.previews().read(sha256, "thumb")
    except (MediaError, OSError):
        return None
