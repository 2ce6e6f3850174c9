"""All species: browse the tree, search, filter, read, compare; everything has an address."""

import streamlit as st

from core.taxonomy import Rank
from pages._ui import comparison, explorer, here, markup, navigator, reliability, services
from pages._ui.card import draw_card


def draw() -> None:
    """Draw two cards, one card, or the explorer, as the address says."""
    if problems := services.card_problems():
        st.warning(
            "Some cards cannot be read and are left out:\n\n"
            + "\n".join(f"- {markup.plain(p)}" for p in problems)
        )
    if wanted := st.query_params.get("compare"):
        if (pair := comparison.parse(wanted)) is not None:
            _draw_way_back()
            comparison.draw(*pair)
            return
        st.warning(f"“{markup.plain(wanted)}” does not name two species to compare.")
    taxonomy, cards = services.taxonomy(), services.cards()
    wanted = st.query_params.get("taxon", "")
    if wanted in cards:
        _draw_way_back()
        _draw_species(wanted)
    elif wanted in taxonomy and taxonomy.get(wanted).rank is Rank.SPECIES:
        _draw_way_back()
        _draw_without_card(wanted)
    elif wanted in taxonomy:
        _draw_way_back()
        _draw_group(wanted)
    else:
        st.title("Species", anchor=False)
        if wanted:
            st.warning(f"Fieldmark has no card called “{markup.plain(wanted)}”. Here are all of them.")
        explorer.draw()


def _draw_way_back() -> None:
    st.html(f"<p>{navigator.link('‹ All species', css='fm-back')}</p>")


def _draw_species(taxon: str) -> None:
    card, taxonomy = services.cards()[taxon], services.taxonomy()
    with st.container(key="species_page"):
        with st.container(key="place_row"):
            country = here.draw_picker()
        draw_card(card, key=taxon, country=country, region=here.part(), link=False)
    family = taxonomy.ancestor(taxon, Rank.FAMILY) if taxon in taxonomy else None
    entries = services.catalogue().choose(explorer.Facets(group=family.id)) if family else []
    relatives = [entry for entry in entries if entry.taxon != taxon]
    if family and relatives:
        st.subheader(f"Others of the family {family.scientific_name}", anchor=False)
        st.html(explorer.grid(relatives[: explorer.PAGE], taxonomy))


def _draw_without_card(taxon: str) -> None:
    known = services.taxonomy().get(taxon)
    st.html(f'<h2 class="fm-answer">{markup.names(known)}</h2>')
    others = ", ".join(markup.plain(name) for name in known.other_names)
    st.info(
        "There is no card about this species yet. It came with a taxonomy that was imported"
        + (f"; it is also called {others}." if others else ".")
    )
    reliability.draw(taxon)


def _draw_group(taxon: str) -> None:
    group = services.taxonomy().get(taxon)
    st.html(
        f'<div class="fm-card"><div class="head">{markup.silhouette(services.taxonomy(), taxon)}'
        f'<p class="fm-lead">{group.rank.label.capitalize()} {markup.names(group)}</p></div></div>'
    )
    if taxon in services.groups():
        st.markdown(services.groups()[taxon].text)
    explorer.draw(taxon)


draw()
