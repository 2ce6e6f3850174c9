"""A world map without any network: Natural Earth's outlines as one SVG."""

import json
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from core.settings import ROOT
from core.species import SpeciesCard


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
    """Return the countries of a species as SVG with a legend, or "" where we know none."""
    groups = [
        ("native", "Native", card.native, "var(--fm-accent)"),
        (
            "maybe",
            "Perhaps native",
            card.native_uncertain,
            "color-mix(in srgb, var(--fm-accent) 45%, transparent)",
        ),
        ("introduced", "Brought by people", card.introduced, "var(--fm-ochre)"),
    ]
    shown = [group for group in groups if group[2]]
    if not shown:
        return ""
    width, height, outlines = _outlines()
    coloured = {code: css for css, _, codes, _ in reversed(groups) for code in codes}
    parts = [f'<path class="land" d="{"".join(d for c, d in outlines.items() if c not in coloured)}"/>']
    for code, css in coloured.items():
        if code in outlines:
            title = escape(country_names().get(code, code))
            parts.append(f'<path class="land {css}" d="{outlines[code]}"><title>{title}</title></path>')
    label = escape(f"Map of countries where {card.common_names['en']} lives; listed below")
    legend = "".join(
        f'<li><i style="background:{colour}"></i>{text} ({len(codes)})</li>'
        for _, text, codes, colour in shown
    )
    return (
        f'<div class="fm-map"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        f'{"".join(parts)}</svg><ul class="fm-legend">{legend}</ul></div>'
    )
