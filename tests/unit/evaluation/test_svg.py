"""Small charts."""

import re
from xml.etree import ElementTree

import pytest

from core.evaluation.svg import Line, bar, heat_map, line_chart, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 0.05, [0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (1, 16, [5, 10, 15]),
        (3, 3, [3]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_a_line_goes_from_corner_to_corner() -> None:
    chart = line_chart("a < b", [Line((0.0, 1.0), (0.0, 1.0), "one", dots=True)], x_label="x", y_label="y")
    root = ElementTree.fromstring(chart)
    assert root.find("title").text == "a < b"
    (points,) = (e.get("points") for e in root.iter("polyline"))
    (x0, y0), (x1, y1) = (tuple(map(float, p.split(","))) for p in points.split())
    assert x0 < x1
    assert y0 > y1  # down is more in SVG
    assert len(list(root.iter("circle"))) == 2


def test_points_outside_stay_on_the_edge() -> None:
    chart = line_chart("t", [Line((0.0, 1.0), (-3.0, 7.0), "one")], x_label="x", y_label="y")
    plot = next(e for e in ElementTree.fromstring(chart).iter("rect") if e.get("class") == "plot")
    top, height = float(plot.get("y")), float(plot.get("height"))
    ys = [float(y) for y in re.findall(r",([\d.]+)", re.search(r'points="([^"]+)"', chart)[1])]
    assert (min(ys), max(ys)) == (top, top + height)


def test_a_heat_map_says_what_every_square_is() -> None:
    drawn = ElementTree.fromstring(heat_map("map", ["Lion", "Jaguar & co"], [(0, 0, 3), (0, 1, 1)]))
    titles = [e.text for e in drawn.iter("title")]
    assert titles == ["map", "Lion recognised: 3 photos, 75%", "Lion taken for Jaguar & co: 1 photos, 25%"]
    opacity = {
        e.get("class"): float(e.get("fill-opacity")) for e in drawn.iter("rect") if e.get("fill-opacity")
    }
    assert opacity["hit"] > opacity["miss"]


def test_a_bar_is_as_long_as_its_share() -> None:
    drawn = ElementTree.fromstring(bar(0.25, (0.1, 0.5)))
    widths = {e.get("class"): float(e.get("width")) for e in drawn.iter("rect")}
    assert widths == {"track": 100, "fill": 25.0, "whisker": 40.0}
