"""Identify: photos in, answers out, corrections kept."""

import streamlit as st

from pages._ui import markup, state
from pages._ui.intake import draw_intake


def draw() -> None:
    """Draw the first visit, or the photo that is open."""
    if not state.seen():
        st.title("Which animal is it?", anchor=False)
        st.html(
            '<p class="fm-lead">Give Fieldmark a photo: it says '
            "which animal that is and how sure it is, tells you about the species, and learns from you when "
            "you correct it. Photos stay on this computer.</p>"
        )
    draw_intake()
    if state.seen():
        _draw_session()
    else:
        drawing = markup.data_uri(markup.ILLUSTRATIONS / "first-visit.svg")
        st.html(f'<div class="fm-hero"><img alt="" src="{drawing}"></div>')


def _draw_session() -> None:
    if len(state.seen()) > 1:
        from pages._ui.batch import draw_batch, draw_steps

        draw_batch()
        draw_steps()
    from pages._ui.photo import draw_photo

    draw_photo(state.seen()[state.open_index()])


draw()
