"""What surrounds every screen: wordmark and style."""

import streamlit as st

from core.settings import ROOT

BRAND = ROOT / "assets" / "brand"


def draw_frame() -> None:
    """Draw the wordmark for the current theme and load our style sheet."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    st.logo(str(BRAND / f"wordmark-{theme}.svg"), size="large", link=None, icon_image=str(BRAND / "mark.svg"))
    st.html(ROOT / "assets" / "style.css")
