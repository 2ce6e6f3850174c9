"""Two species side by side: what they share, and what tells them apart."""

import streamlit as st

from core.species import SpeciesCard
from core.species.check import look_alikes
from pages._ui import here, services
from pages._ui.card import draw_card


def parse(text: str) -> tuple[SpeciesCard, SpeciesCard] | None:
    """Return the two species that an address names, `None` if it names no two species with a card."""
    cards = services.cards()
    names = [name for name in text.split(",") if name in cards]
    return (cards[names[0]], cards[names[1]]) if len(names) == 2 and names[0] != names[1] else None


def draw(first: SpeciesCard, second: SpeciesCard) -> None:
    """Draw the marks that tell them apart, then both cards."""
    st.title(f"{first.common_names['en']} or {second.common_names['en']}?", anchor=False)
    marks = [
        f"- **{other.common_names['en']}**: {mark}"
        for card, other in ((first, second), (second, first))
        if (mark := _mark(card, other))
    ]
    if marks:
        st.markdown("\n".join(marks))
    with st.container(key="place_row"):
        country = here.draw_picker()
    region = here.part()
    cards = list(services.cards().values())
    names = {card.taxon: card.common_names["en"] for card in cards}
    with st.container(key="compared_row"):
        left, right = st.columns(2, gap="medium")
    with left:
        draw_card(first, key="left", country=country, region=region)
    with right:
        draw_card(second, key="right", country=country, region=region)
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_others"):
        chosen = st.selectbox(
            "Compare with another", ["", *sorted(names, key=lambda taxon: names[taxon])],
            format_func=lambda taxon: names.get(taxon, "Choose a species"), key="compare_with",
        )  # fmt: skip
    if chosen and chosen not in (first.taxon, second.taxon):
        st.query_params["compare"] = f"{first.taxon},{chosen}"
        st.rerun()


def _mark(card: SpeciesCard, other: SpeciesCard) -> str:
    """Return how the card of one tells the other."""
    if other.scientific_name not in look_alikes(card):
        return ""
    lines = card.sections["Easily confused with"].splitlines()
    line = next(line for line in lines if f"(*{other.scientific_name}*)" in line)
    return line.split("*): ", 1)[1]
