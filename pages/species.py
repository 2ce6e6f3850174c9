"""All species: search, filter, read; every card has an address."""

from html import escape

import streamlit as st

from core.species import SpeciesCard
from core.taxonomy import Rank, Taxonomy
from pages._ui import markup, services
from pages._ui.card import draw_card

CLASSES = {
    "Mammals": "Mammalia",
    "Birds": "Aves",
    "Reptiles": "Reptilia",
    "Amphibians": "Amphibia",
    "Fishes": "Elasmobranchii",
    "Insects": "Insecta",
}
THREATENED = ("CR", "EN", "VU")


def draw() -> None:
    """Draw one card if the address names a taxon, else the list."""
    taxonomy, cards = services.taxonomy(), services.cards()
    wanted = st.query_params.get("taxon")
    if wanted in cards:
        st.html('<p><a class="fm-back" href="species" target="_self">‹ All species</a></p>')
        with st.container(key="species_page"):
            draw_card(cards[wanted], key=wanted, link=False)
        _draw_relatives(cards[wanted], taxonomy, cards)
        return
    st.title("Species", anchor=False)
    if wanted and wanted in taxonomy:
        group = taxonomy.get(wanted)
        st.html(f'<p class="fm-lead">{group.rank.label.capitalize()} {markup.names(group)}</p>')
        ids = [leaf.id for leaf in taxonomy.leaves_under(wanted)]
    else:
        if wanted:
            st.warning(f"Fieldmark has no card called “{markup.plain(wanted)}”. Here are all of them.")
        ids = _filtered(taxonomy, cards)
    if ids:
        st.html(_grid([cards[i] for i in ids], taxonomy))
    else:
        st.info("No species matches. Try a shorter name, or fewer filters.")


def _filtered(taxonomy: Taxonomy, cards: dict[str, SpeciesCard]) -> list[str]:
    st.text_input(
        "Search by any name",
        key="species_query",
        placeholder="leopard, Panthera, chui, Jirafe …",
        live=True,
        bind="query-params",
    )
    query = st.session_state.get("species_query", "")
    left, right = st.columns([3, 2])
    classes = left.pills("Kind", list(CLASSES), selection_mode="multi", key="kinds")
    threatened = right.toggle("Threatened only (CR, EN, VU)", key="threatened")
    ids = _matching(query, taxonomy) if query else sorted(cards, key=lambda i: cards[i].common_names["en"])
    kept = {CLASSES[name] for name in classes}
    found = [
        i
        for i in ids
        if (not kept or cards[i].class_ in kept) and (not threatened or cards[i].iucn in THREATENED)
    ]
    st.caption(f"{len(found)} of {len(cards)} species")
    return found


def _matching(query: str, taxonomy: Taxonomy) -> list[str]:
    found: dict[str, None] = {}
    for hit in services.search().find(query, limit=40):
        found.update(dict.fromkeys(leaf.id for leaf in taxonomy.leaves_under(hit.taxon.id)))
    return list(found)


def _grid(cards: list[SpeciesCard], taxonomy: Taxonomy) -> str:
    tiles = []
    for card in cards:
        meaning, colour, ink = markup.IUCN[card.iucn]
        tiles.append(
            f'<li><a href="species?taxon={card.taxon}" target="_self">'
            f"{markup.silhouette(taxonomy, card.taxon)}"
            f"<span>{escape(card.common_names['en'])}<small>{escape(card.scientific_name)}</small></span>"
            f'<b class="code" style="background:{colour};color:{ink}" title="{meaning}">{card.iucn}</b></a></li>'
        )
    return f'<ul class="fm-grid">{"".join(tiles)}</ul>'


def _draw_relatives(card: SpeciesCard, taxonomy: Taxonomy, cards: dict[str, SpeciesCard]) -> None:
    family = taxonomy.ancestor(card.taxon, Rank.FAMILY)
    relatives = [t for t in taxonomy.leaves_under(family.id) if t.id != card.taxon] if family else []
    if family and relatives:
        st.subheader(f"Others of the family {family.scientific_name}", anchor=False)
        st.html(_grid([cards[t.id] for t in relatives], taxonomy))


draw()
