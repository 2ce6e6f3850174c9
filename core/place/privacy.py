"""How exactly a place may be shown: poachers read maps too.

Chapman (2020), "Current Best Practices for Generalizing Sensitive Species Occurrence Data", GBIF: show
a cell of a fixed grid, so that many records of one place cannot be averaged back to the place.
"""

from dataclasses import dataclass
from math import floor

CELL = 0.01  # degrees, about 1 km: records of species that nobody hunts down
SENSITIVE_CELL = 0.5  # degrees, about 55 km
SENSITIVE = ("CR", "EN", "VU", "EW")


@dataclass(frozen=True, slots=True)
class SafePosition:
    """The centre of the grid cell that holds a position; `cell` is its side, all in degrees."""

    latitude: float
    longitude: float
    cell: float


def safe_position(latitude: float, longitude: float, iucn: str | None) -> SafePosition:
    """Return a position as it may be shown for a species of this Red List category.

    Args:
        iucn: `None` where the species is not known; then the coarse grid is used.
    """
    cell = SENSITIVE_CELL if iucn is None or iucn in SENSITIVE else CELL
    return SafePosition(
        round(min(90 - cell / 2, floor(latitude / cell) * cell + cell / 2), 6),
        round(min(180 - cell / 2, floor(longitude / cell) * cell + cell / 2), 6),
        cell,
    )
