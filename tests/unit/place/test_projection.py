"""The map's projection fits its outlines."""

import json
import re

import pytest

from core.place.projection import outline, to_map
from core.settings import ROOT

PATHS = json.loads((ROOT / "assets" / "maps" / "countries.json").read_text(encoding="utf-8"))["paths"]


@pytest.mark.parametrize(
    ("country", "latitude", "longitude"),
    [
        ("KEN", 0.5, 37.9),
        ("BRA", -10, -52),
        ("AUS", -25, 134),
        ("ISL", 65, -18.5),
        ("MDG", -19, 46.7),
        ("IND", 22, 79),
    ],
)
def test_the_middle_of_a_country_falls_on_its_drawing(
    country: str, latitude: float, longitude: float
) -> None:
    numbers = [float(text) for text in re.findall(r"-?\d+\.?\d*", PATHS[country])]
    xs, ys = numbers[::2], numbers[1::2]
    x, y = to_map(latitude, longitude)
    assert min(xs) < x < max(xs)
    assert min(ys) < y < max(ys)


def test_the_map_is_as_wide_as_the_world() -> None:
    assert to_map(0, -180)[0] == pytest.approx(0, abs=1)
    assert to_map(0, 180)[0] == pytest.approx(960, abs=1)
    assert to_map(60, 0)[0] == 480


def test_long_edges_are_bent() -> None:
    square = outline([(-60, 0), (60, 0), (60, 60), (-60, 60)])
    assert len(square) > 60
    assert square[0] == to_map(0, -60)
