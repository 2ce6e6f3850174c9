"""The Equal Earth projection (Šavrič, Patterson and Jenny, 2019), as our drawn world map uses it."""

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
SCALE, CENTRE = 177.3, (480.0, 231.7)  # px, of assets/maps/countries.json
STEP = 4.0  # degrees between points of an edge, so that it bends as the map does


def to_map(latitude: float, longitude: float) -> tuple[float, float]:
    """Return the pixel of a position in degrees on the map of 960 × 420 pixels."""
    theta = asin(sqrt(3) / 2 * sin(radians(latitude)))
    slope = 9 * _A4 * theta**8 + 7 * _A3 * theta**6 + 3 * _A2 * theta**2 + _A1
    x = 2 * sqrt(3) * radians(longitude) * cos(theta) / (3 * slope)
    y = _A4 * theta**9 + _A3 * theta**7 + _A2 * theta**3 + _A1 * theta
    return CENTRE[0] + SCALE * x, CENTRE[1] - SCALE * y


def outline(corners: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the pixels of a polygon of longitudes and latitudes, its edges bent by the projection."""
    points = []
    for (lon, lat), (to_lon, to_lat) in zip(corners, [*corners[1:], corners[0]], strict=True):
        steps = max(1, int(max(abs(to_lon - lon), abs(to_lat - lat)) / STEP))
        points += [
            to_map(lat + (to_lat - lat) * k / steps, lon + (to_lon - lon) * k / steps) for k in range(steps)
        ]
    return points
