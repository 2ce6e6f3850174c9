"""A world map without any network: Natural Earth's outlines as one SVG."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape

from core.place.projection import outline, to_map
from core.place.seas import INLAND, SEAS
from core.settings import ROOT
from core.species import SpeciesCard
from pages._ui.markup import svg_uri

LAND, NATIVE, MAYBE, INTRODUCED = "#8f9a92", "#4c8a66", "#a3c4b0", "#c8862b"  # seen on light and dark
SEA, RECORD, FRAME, GROUND = "#4f86b8", "#b8324a", "#b8324a", "#cfd5d0"


@lru_cache(maxsize=1)
def _outlines() -> tuple[int, int, dict[str, str]]:
    data = json.loads((ROOT / "assets" / "maps" / "countries.json").read_text(encoding="utf-8"))
    return data["width"], data["height"], data["paths"]


@lru_cache(maxsize=1)
def country_names() -> dict[str, str]:
    """English short names by ISO 3166-1 alpha-3 code."""
    import pycountry

    names = {c.alpha_3: getattr(c, "common_name", c.name) for c in pycountry.countries}
    return {**names, "XKX": "Kosovo"}


def name_countries(codes: Sequence[str]) -> str:
    """Return country names in alphabetical order, separated by commas."""
    return ", ".join(sorted(country_names().get(code, code) for code in codes))


def range_map(
    card: SpeciesCard, cells: Mapping[tuple[float, float, float], int] | None = None, here: str = ""
) -> str:
    """Return where a species lives as a drawing with a legend, or "" where we know nothing.

    Args:
        cells: Photos in each cell of a grid (latitude and longitude of its middle, and its side); positions
            themselves must never get here.
        here: Code of the country to frame.
    """
    groups = [
        ("Native", card.native, NATIVE),
        ("Perhaps native", card.native_uncertain, MAYBE),
        ("Brought by people", card.introduced, INTRODUCED),
    ]
    shown = [group for group in groups if group[1]]
    seas = [name for name in card.marine_basins if name in SEAS]
    if not shown and not seas and not cells:
        return ""
    colours = {code: colour for _, codes, colour in reversed(groups) for code in codes}
    drawing = _draw(colours, seas, cells or {}, here)
    where = "countries and seas" if shown and seas else "seas" if seas else "countries"
    label = escape(f"Map of the {where} where {card.common_names['en']} lives; they are listed below")
    items = [(colour, f"{text} ({len(codes)})") for text, codes, colour in shown]
    items += [(SEA, escape(", ".join(seas)))] if seas else []
    if cells:
        side = max(cell[2] for cell in cells)
        items.append((RECORD, f"Your photos, to {side * 111:.0f} km"))
    legend = "".join(f'<li><i style="background:{colour}"></i>{text}</li>' for colour, text in items)
    return (
        f'<div class="fm-map"><img alt="{label}" src="{svg_uri(drawing)}"></div>'
        f'<ul class="fm-legend">{legend}</ul>'
    )


def _draw(
    colours: Mapping[str, str],
    seas: Sequence[str],
    cells: Mapping[tuple[float, float, float], int],
    here: str,
) -> str:
    width, height, outlines = _outlines()
    by_colour: dict[str, list[str]] = {}
    for code, outline_ in outlines.items():
        by_colour.setdefault(colours.get(code, LAND), []).append(outline_)
    land = "".join(
        f'<path fill="{colour}" fill-opacity="{0.28 if colour == LAND else 1}" d="{"".join(parts)}"/>'
        for colour, parts in by_colour.items()
    )
    under = "".join(_sea(name) for name in seas if name not in INLAND)
    # Land is half transparent: without a ground of its own the sea would shine through it.
    ground = f'<path fill="{GROUND}" d="{"".join(outlines.values())}"/>' if under else ""
    over = "".join(_sea(name) for name in seas if name in INLAND)
    frame = (
        f'<path fill="none" stroke="{FRAME}" stroke-width="2" stroke-opacity="1" d="{outlines[here]}"/>'
        if here in outlines
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'stroke="#7d8780" stroke-opacity="0.5" stroke-width="0.5">{under}{ground}{land}{over}{frame}'
        f"{''.join(_record(*cell) for cell in cells)}</svg>"
    )


def _sea(name: str) -> str:
    parts = []
    for corners in SEAS[name]:
        points = [f"{x:.1f} {y:.1f}" for x, y in outline(corners)]
        parts.append(f"M{'L'.join(points)}Z")
    return f'<path fill="{SEA}" fill-opacity="0.55" stroke="none" d="{"".join(parts)}"/>'


def _record(latitude: float, longitude: float, side: float) -> str:
    x, y = to_map(latitude, longitude)
    radius = max(3.0, side * 960 / 360 / 2)  # px; a dot smaller than this is not seen
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{RECORD}" fill-opacity="0.85" '
        'stroke="#fff" stroke-opacity="1" stroke-width="1"/>'
    )
