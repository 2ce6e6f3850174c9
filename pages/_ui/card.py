"""The species card."""

from html import escape

import streamlit as st

from core.species import SpeciesCard
from core.taxonomy import Taxonomy
from pages._ui import markup, services
from pages._ui.maps import name_countries, range_map

LANGUAGES = {"es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese", "sw": "Swahili"}


def draw_card(card: SpeciesCard, *, key: str, link: bool = True) -> None:
    """Draw everything we know about a species; `key` keeps widgets of several cards apart."""
    taxonomy = services.taxonomy()
    with st.container(border=True, key=f"card_{key}"):
        st.html(_head(card, taxonomy, link=link))
        if map_ := range_map(card):
            st.html(map_)
        st.markdown("\n\n".join(f"**{title}**  \n{text}" for title, text in card.sections.items()))
        with st.expander("Countries, names and sources"):
            st.markdown(_details(card))


def _head(card: SpeciesCard, taxonomy: Taxonomy, *, link: bool) -> str:
    name = escape(card.common_names["en"])
    title = f'<a href="species?taxon={card.taxon}" target="_self">{name}</a>' if link else name
    crumbs = " › ".join(escape(t.scientific_name) for t in taxonomy.lineage(card.taxon)[:-1])
    trend = f"<span>Population {escape(card.trend)}</span>" if card.trend else ""
    domestic = "<span>Domestic animal</span>" if card.is_domestic else ""
    note = f'<p class="fm-soft">{escape(card.note)}</p>' if card.note else ""
    facts = "".join(f"<div><dt>{k}</dt><dd>{escape(v)}</dd></div>" for k, v in _facts(card))
    return (
        f'<div class="fm-card"><div class="head">{markup.silhouette(taxonomy, card.taxon)}'
        f'<div><h2>{title}</h2><p class="sci">{escape(card.scientific_name)}</p></div></div>'
        f'<p class="crumbs">{crumbs}</p>'
        f'<div class="fm-status">{markup.iucn_badge(card.iucn, card.iucn_year)}{trend}{domestic}</div>'
        f'<dl class="fm-facts">{facts}</dl>{note}</div>'
    )


def _facts(card: SpeciesCard) -> list[tuple[str, str]]:
    facts = []
    if card.body_mass_g:
        facts.append(("Weight", mass(card.body_mass_g)))
    if card.body_mass_female_g and card.body_mass_male_g:
        facts.append(("Female, male", f"{mass(card.body_mass_female_g)}, {mass(card.body_mass_male_g)}"))
    if card.length_mm:
        kind = f" ({card.length_type})" if card.length_type else ""
        facts.append(("Length", length(card.length_mm) + kind))
    if card.activity:
        facts.append(("Active", ", ".join(card.activity)))
    if card.diet:
        facts.append(("Diet", card.diet))
    if card.habitats:
        facts.append(("Habitat", ", ".join(card.habitats)))
    if card.longevity_y:
        facts.append(("Oldest known", f"{card.longevity_y:.0f} years"))
    if card.marine_basins:
        facts.append(("Seas", ", ".join(card.marine_basins)))
    return facts


def mass(grams: float) -> str:
    """Return a mass in a unit that people use, to two figures: `"52 kg"`, `"3.8 t"`, `"11 g"`."""
    for size, unit in ((1e6, "t"), (1e3, "kg"), (1.0, "g")):
        if grams >= size:
            value = grams / size
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.2g} {unit}"
    return f"{grams:.2g} g"


def length(millimetres: float) -> str:
    """Return a length in m or cm: `"1.4 m"`, `"23 cm"`."""
    if millimetres >= 1000:
        return f"{millimetres / 1000:.1f} m"
    return f"{millimetres / 10:.0f} cm" if millimetres >= 100 else f"{millimetres / 10:.1f} cm"


def _details(card: SpeciesCard) -> str:
    lines = []
    for title, codes in (
        ("Native", card.native),
        ("Perhaps native", card.native_uncertain),
        ("Brought by people", card.introduced),
        ("Invasive", card.invasive),
    ):
        if codes:
            lines.append(f"**{title}:** {name_countries(codes)}")
    names = [f"{LANGUAGES[k]}: {v}" for k, v in card.common_names.items() if k in LANGUAGES]
    if names:
        lines.append("**Names:** " + " · ".join(names))
    if card.synonyms:
        lines.append("**Also known as:** " + ", ".join(f"*{name}*" for name in card.synonyms))
    known = services.sources()
    cited = dict.fromkeys(source for ids in card.sources.values() for source in ids)
    lines.append(
        "**Sources of these facts:** "
        + "; ".join(f"{known[s].title} ({known[s].licence})" for s in cited if s in known)
        + ". A country list is about whole countries; no record does not mean absent."
    )
    return "\n\n".join(lines)
