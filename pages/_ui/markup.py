"""HTML that several screens draw: icons, bars, badges. Pure functions; everything is escaped."""

import base64
import csv
import re
from functools import lru_cache
from html import escape
from pathlib import Path

from core.decision import percent
from core.settings import ROOT
from core.taxonomy import Rank, Taxon, Taxonomy

ILLUSTRATIONS = ROOT / "assets" / "illustrations"
# Colours of the IUCN Red List, and the text colour that is readable on each.
IUCN = {
    "EX": ("Extinct", "#000000", "#fff"),
    "EW": ("Extinct in the wild", "#542344", "#fff"),
    "CR": ("Critically endangered", "#D81E05", "#fff"),
    "EN": ("Endangered", "#FC7F3F", "#000"),
    "VU": ("Vulnerable", "#F9E814", "#000"),
    "NT": ("Near threatened", "#CCE226", "#000"),
    "LC": ("Least concern", "#60C659", "#000"),
    "DD": ("Data deficient", "#D1D1C6", "#000"),
    "NE": ("Not evaluated", "#FFFFFF", "#000"),
}


@lru_cache(maxsize=16)
def data_uri(path: Path) -> str:
    """Return one of our SVG drawings as a data URI; Streamlit strips inline SVG from HTML."""
    return svg_uri(path.read_text(encoding="utf-8"))


def svg_uri(svg: str) -> str:
    """Return an SVG document as a data URI."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def silhouette(taxonomy: Taxonomy, taxon_id: str) -> str:
    """Return the drawing of the taxon's family, order or class, or of any animal; the text beside it says the rest."""
    serves, name = _drawings(), "animalia"
    for taxon in reversed(taxonomy.lineage(taxon_id) if taxon_id in taxonomy else ()):
        if taxon.id in serves:
            name = serves[taxon.id]
            break
    return f'<span class="fm-sil {name}" aria-hidden="true"></span>'


@lru_cache(maxsize=1)
def _drawings() -> dict[str, str]:
    """Return the name of the drawing that serves a taxon, by taxon id."""
    folder = ILLUSTRATIONS / "silhouettes"
    with (folder / "serves.csv").open(encoding="utf-8", newline="") as file:
        serves = {row["taxon"]: row["drawing"] for row in csv.DictReader(file)}
    return {**{path.stem: path.stem for path in folder.glob("*.svg")}, **serves}


def names(taxon: Taxon) -> str:
    """Return the English name with the scientific name in italics below species rank as usual."""
    scientific = escape(taxon.scientific_name)
    if taxon.rank >= Rank.GENUS:
        scientific = f"<em>{scientific}</em>"
    if taxon.common_name is None or taxon.common_name == taxon.scientific_name:
        return scientific
    return f'{escape(taxon.common_name)} <span class="fm-soft">{scientific}</span>'


def iucn_badge(code: str, year: int | None = None) -> str:
    """Return the category as colour and text."""
    meaning, background, ink = IUCN[code]
    when = f", assessed {year}" if year else ""
    return f'<span class="fm-iucn"><b style="background:{background};color:{ink}">{code}</b>IUCN: {meaning.lower()}{when}</span>'


def plain(text: str) -> str:
    """Return text that Markdown shows as it is: what people typed must not format, link or load."""
    return re.sub(r"([\\`*_\[\]<>!#$~|&:+-])", r"\\\1", text)


def bar(probability: float) -> str:
    """Return a bar of 0-100 % width; the figure beside it carries the meaning."""
    return f'<span class="bar"><i style="width:{min(100.0, max(0.0, probability * 100)):.1f}%"></i></span>'


def figure(probability: float) -> str:
    """Return a percentage, escaped."""
    return escape(percent(probability)).replace(" ", "&nbsp;")
