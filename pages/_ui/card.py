"""The species card."""

from html import escape

import streamlit as st

from core.species import SpeciesCard
from core.species.check import look_alikes
from core.store import ExternalRecord, Lookup
from core.taxonomy import Rank, Taxonomy
from core.taxonomy.names import Names
from pages._ui import here, markup, navigator, own_photos, reliability, services
from pages._ui.maps import name_countries, range_map
from pages._ui.plain_words import ACTIVITY, DIET, HABITAT, said

LANGUAGES = {"es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese", "sw": "Swahili"}


FIELDS = {
    "iucn": "Red List status", "iucn_year": "Year of assessment", "family": "Order and family", "native": "Native countries",
    "activity": "Active", "body_mass_g": "Weight", "longevity_y": "Oldest known",
}  # fmt: skip
DATABASES = {"gbif": "GBIF", "inat": "iNaturalist", "iucn": "IUCN Red List"}


def draw_card(
    card: SpeciesCard,
    *,
    key: str,
    country: str = "",
    region: str = "",
    link: bool = True,
    pictures: bool = True,
) -> None:
    """Draw everything we know about a species.

    Args:
        key: Keeps widgets of several cards apart.
        country: Where the person or the photo is; the card says what holds there.
        region: Part of that country (ISO 3166-2).
        pictures: Whether the person's own photos are shown; beside one of them they would only repeat it.
    """
    taxonomy = services.taxonomy()
    seen = services.sightings().get(card.taxon)
    with st.container(border=True, key=f"card_{key}"):
        st.html(_head(card, taxonomy, link=link) + here.panel(card, country, region))
        if pictures:
            own_photos.draw(card, seen)
        st.markdown(_prose(card, ("How to recognise it", "Easily confused with")))
        if links := _links(card):
            st.html(links)
        reliability.draw(card.taxon)
        if map_ := range_map(card, own_photos.cells(card, seen), country):
            st.html(map_)
        st.markdown(_prose(card, ("Where and when", "How it is doing", "What helps", "Did you know")))
        with st.expander("Countries, names and sources"):
            st.markdown(_details(card))


def _prose(card: SpeciesCard, titles: tuple[str, ...]) -> str:
    return "\n\n".join(f"**{title}**  \n{card.sections[title]}" for title in titles if title in card.sections)


def _links(card: SpeciesCard) -> str:
    """Return links to the look-alikes that have a card, and to comparisons with them."""
    names = Names(services.taxonomy())
    known = [
        (taxon, common)
        for scientific, common in look_alikes(card).items()
        if (taxon := names.taxon(scientific)) in services.cards() and taxon
    ]
    if not known:
        return ""
    links = " · ".join(
        navigator.link(escape(common), compare=f"{card.taxon},{taxon}") for taxon, common in known
    )
    return f'<p class="fm-soft fm-compare">Side by side with {links}</p>'


def _head(card: SpeciesCard, taxonomy: Taxonomy, *, link: bool) -> str:
    name = escape(card.common_names["en"])
    title = navigator.link(name, taxon=card.taxon) if link else name
    lineage = taxonomy.lineage(card.taxon)[:-1] if card.taxon in taxonomy else ()
    crumbs = " › ".join(
        navigator.link(escape(t.scientific_name), taxon=t.id)
        if t.rank >= Rank.CLASS
        else escape(t.scientific_name)
        for t in lineage
    )
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
        facts.append(("Active", said(card.activity, ACTIVITY)))
    if card.diet:
        facts.append(("Eats", said([card.diet], DIET)))
    if card.habitats:
        facts.append(("Lives in", said(card.habitats, HABITAT)))
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
    if differing := services.disagreements().get(card.taxon):
        lines.append(
            "**Where sources disagree:** "
            + "; ".join(
                f"{FIELDS.get(one.field, one.field)}: {markup.plain(one.says)}, but {markup.plain(one.but)}"
                for one in differing
            )
        )
    lines += _asked(card)
    known = services.sources()
    cited = dict.fromkeys(source for ids in card.sources.values() for source in ids)
    lines.append(
        "**Sources of these facts:** "
        + "; ".join(f"{known[s].title} ({known[s].licence})" for s in cited if s in known)
        + ". A country list is about whole countries; no record does not mean absent."
    )
    return "\n\n".join(lines)


def _asked(card: SpeciesCard) -> list[str]:
    """Return what other databases answered when they were last asked, and where that differs from the card."""
    lines = []
    for name, record in services.knowledge().about(card.taxon).items():
        says = _answer(record, card)
        lines.append(f"**{DATABASES.get(name, name)}**, asked on {record.fetched_at:%Y-%m-%d}: {says}")
    return lines


def _answer(record: ExternalRecord, card: SpeciesCard) -> str:
    if record.outcome is Lookup.UNKNOWN:
        return "knows no such name."
    if record.outcome is Lookup.DOUBTFUL:
        return f"knows only a similar name, {markup.plain(str(record.payload.get('name')))}; nothing was taken over."
    category = record.payload.get("iucn")
    year = f" ({record.payload['year']})" if record.payload.get("year") else ""
    says = f"[{markup.plain(str(record.payload.get('name')))}]({record.payload.get('link')})"
    if category and str(category).upper() != card.iucn:
        says += f", Red List {markup.plain(str(category).upper())}{year}, **but this card says {card.iucn}**"
    elif category:
        says += f", Red List {markup.plain(str(category).upper())}{year}"
    return says + "."
