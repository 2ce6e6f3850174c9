"""A world map without any network: Natural Earth's outlines as one SVG."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape

from core.settings import ROOT
from core.species import SpeciesCard
from pages._ui.markup import svg_uri

LAND, NATIVE, MAYBE, INTRODUCED = "#8f9a92", "#4c8a66", "#a3c4b0", "#c8862b"  # seen on light and dark


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


def range_map(card: SpeciesCard) -> str:
    """Return the countries of a species as a drawing with a legend, or "" where we know none."""
    groups = [
        ("Native", card.native, NATIVE),
        ("Perhaps native", card.native_uncertain, MAYBE),
        ("Brought by people", card.introduced, INTRODUCED),
    ]
    shown = [group for group in groups if group[1]]
    if not shown:
        return ""
    colours = {code: colour for _, codes, colour in reversed(groups) for code in codes}
    label = escape(f"Map of the countries where {card.common_names['en']} lives; they are listed below")
    legend = "".join(
        f'<li><i style="background:{colour}"></i>{text} ({len(codes)})</li>' for text, codes, colour in shown
    )
    return (
        f'<div class="fm-map"><img alt="{label}" src="{svg_uri(_draw(colours))}"></div>'
        f'<ul class="fm-legend">{legend}</ul>'
    )


def _draw(colours: Mapping[str, str]) -> str:
    width, height, outlines = _outlines()
    by_colour: dict[str, list[str]] = {}
    for code, outline in outlines.items():
        by_colour.setdefault(colours.get(code, LAND), []).append(outline)
    paths = "".join(
        f'<path fill="{colour}" fill-opacity="{0.28 if colour == LAND else 1}" d="{"".join(parts)}"/>'
        for colour, parts in by_colour.items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'stroke="#7d8780" stroke-opacity="0.5" stroke-width="0.5">{paths}</svg>'
    )
