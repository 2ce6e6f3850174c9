"""What surrounds every screen: wordmark and style."""

from functools import lru_cache

import streamlit as st

from core.settings import ROOT
from pages._ui.markup import ILLUSTRATIONS, data_uri
from pages._ui.navigator import listen

BRAND = ROOT / "assets" / "brand"


def draw_frame() -> None:
    """Draw the wordmark for the current theme and load our style sheet."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    st.logo(str(BRAND / f"wordmark-{theme}.svg"), size="large")
    st.html(f"<style>{_style()}</style>")
    listen()


@lru_cache(maxsize=1)
def _style() -> str:
    """Our style sheet, with one class for each silhouette, so that a list need not repeat drawings."""
    rules = [(ROOT / "assets" / "style.css").read_text(encoding="utf-8")]
    for path in sorted((ILLUSTRATIONS / "silhouettes").glob("*.svg")):
        rules.append(f".fm-sil.{path.stem}{{mask-image:url({data_uri(path)})}}")
    return "\n".join(rules)
