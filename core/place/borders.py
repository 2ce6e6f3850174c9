"""Which country a position lies in, without a network: Natural Earth's borders at 1:50 million."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from shapely import STRtree
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

NEAR = 0.1  # degrees, about 11 km: what these borders leave open
AT_SHORE = 0.3  # degrees, within which a position at sea belongs to the coast


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The country of a position.

    Attributes:
        country: ISO 3166-1 alpha-3.
        others: Countries so near that the position may lie in them instead.
    """

    country: str
    others: tuple[str, ...] = ()


class Borders:
    """All countries, ready to be asked; disputed areas are where Natural Earth draws them."""

    def __init__(self, shapes: dict[str, BaseGeometry]) -> None:
        self._codes = tuple(shapes)
        self._shapes = tuple(shapes.values())
        self._tree = STRtree(self._shapes)

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries that have a shape."""
        return self._codes

    def locate(self, latitude: float, longitude: float) -> Whereabouts | None:
        """Return the country of a position in degrees, `None` at sea."""
        point = Point(longitude, latitude)
        near = self._tree.query(point, predicate="dwithin", distance=AT_SHORE)
        ranked = sorted((float(self._shapes[i].distance(point)), self._codes[i]) for i in near)
        if not ranked:
            return None
        best = ranked[0][1]
        inside = ranked[0][0] == 0.0
        others = [
            code for distance, code in ranked[1:] if distance <= (NEAR if inside else ranked[0][0] + NEAR)
        ]
        return Whereabouts(best, tuple(others))


def load_borders(path: Path) -> Borders:
    """Read `assets/maps/borders.json`: TopoJSON arcs, shared by neighbours, and the countries made of them."""
    data = json.loads(path.read_text(encoding="utf-8"))
    scale, origin = np.array(data["scale"]), np.array(data["translate"])
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + origin for arc in data["arcs"]]
    return Borders(
        {
            code: MultiPolygon([_polygon(rings, arcs) for rings in polygons])
            for code, polygons in data["countries"].items()
        }
    )


def _polygon(rings: Sequence[Sequence[int]], arcs: Sequence[np.ndarray]) -> Polygon:
    outer, *holes = (_ring(ring, arcs) for ring in rings)
    return Polygon(outer, holes)


def _ring(indices: Sequence[int], arcs: Sequence[np.ndarray]) -> np.ndarray:
    """Join arcs end to end; the complement of an index (`~i`) means the arc backwards."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
