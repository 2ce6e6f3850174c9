"""One photo with everything about it: picture, answer, correction, card."""

from html import escape

import streamlit as st

from core.decision import Outcome
from core.model import Bundle
from core.model.novelty_file import NAME as NOVELTY
from core.taxonomy import Rank
from pages._ui import here, navigator, services, state, who
from pages._ui.answer import draw_answer
from pages._ui.capture import draw_capture
from pages._ui.card import draw_card
from pages._ui.correction import draw_correction
from pages._ui.markup import plain
from pages._ui.state import Seen
from pages._ui.sureness import draw_sureness


@st.fragment
def draw_photo(seen: Seen) -> None:
    """Draw the picture beside the answer, and the card of the species that it is taken for.

    A click reruns only this, so that the card follows the correction at once.
    """
    if state.was_answered_anew():  # the table of all photos, and this photo, are of before the click
        st.rerun()
    item = seen.identification
    bundle = services.classifier().bundle
    with st.container(key="photo_row"):
        picture, answer, about = st.columns([1.15, 1, 1], gap="medium")
    with picture:
        if seen.preview is not None and item.photo is not None:
            st.image(seen.preview, width="stretch", alt=f"The photo {item.photo.name}")
            st.caption(f"{plain(item.photo.name)} · {item.photo.width} × {item.photo.height} pixels")
        if item.sha256 is not None and item.answer is not None:
            draw_capture(item.sha256)
    with answer:
        draw_answer(item, bundle, services.taxonomy(), _surprises(seen))
        if item.answer is not None:
            draw_sureness(bundle)
            draw_correction(seen)
            _draw_signature(bundle)
    species = _species_of(seen)
    with about:
        _draw_group(seen)
        if species in services.cards():
            country = here.where_taken(item.sha256) if item.sha256 else here.country()
            draw_card(services.cards()[species], key="answer", country=country, pictures=False)


def _draw_group(seen: Seen) -> None:
    """Draw what the members of a group share, where the answer stops at a group."""
    answer = seen.identification.answer
    if answer is None or answer.taxon is None or answer.taxon.id not in services.groups():
        return
    name = navigator.link(escape(answer.taxon.display_name), taxon=answer.taxon.id)
    with st.container(border=True, key="group_note"):
        st.html(f'<p class="fm-lead fm-group">{name}</p>')
        st.markdown(services.groups()[answer.taxon.id].text)


def _surprises(seen: Seen) -> list[str]:
    """Say if nobody knows this species from where the photo was taken."""
    item = seen.identification
    answer = item.answer
    if answer is None or answer.outcome is not Outcome.IDENTIFIED or answer.taxon is None or not item.sha256:
        return []
    card = services.cards().get(answer.taxon.id)
    found = here.surprise(card, here.where_taken(item.sha256)) if card else None
    return [found] if found else []


def _draw_signature(bundle: Bundle) -> None:
    if not who.is_guarded():
        st.text_input(
            "Your name, for the history",
            key=state.ANNOTATOR,
            placeholder=services.settings().annotator,
            max_chars=60,
        )
    others = (
        "often gets the name of a similar one"
        if NOVELTY in bundle.files
        else "gets the name of a similar one"
    )
    st.caption(
        f"{bundle.name} {bundle.version} knows {len(bundle.taxonomy.leaves)} species. Any other animal {others}."
    )


def _species_of(seen: Seen) -> str | None:
    """The species that people say it is, else the one that the model says."""
    item = seen.identification
    if item.sha256 is None or item.answer is None:
        return None
    current = services.ledger().current(item.sha256)
    if current is not None:
        return current.taxon
    if item.answer.taxon is None or item.answer.novel:
        return None
    best = next((c.taxon for c in item.answer.ladder if c.taxon.rank is Rank.SPECIES), None)
    return best.id if best else None
