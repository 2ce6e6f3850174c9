"""Fieldmark's front door: page settings and navigation, nothing else.

`streamlit run app.py` finds the `st.App` below and imports this file once at start. That import also
calls `st.navigation`, which matters: without it Streamlit would serve the files in `pages/` by
themselves to whoever opens a deep link first.
"""

import logging
from pathlib import Path

# The import at start has no session, which Streamlit reports a dozen times; it is intended.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)

import streamlit as st  # noqa: E402
from streamlit.runtime.scriptrunner import get_script_run_ctx  # noqa: E402

from pages._ui import acts, giving, routes, sign_in  # noqa: E402

BRAND = Path(__file__).parent / "assets" / "brand"

app = st.App(Path(__file__), routes=[*routes.ROUTES, *acts.ROUTES, *giving.ROUTES, *sign_in.ROUTES])

st.set_page_config(page_title="Fieldmark", page_icon=str(BRAND / "favicon.png"), layout="wide")
page = st.navigation(
    [
        st.Page("pages/identify.py", title="Identify", default=True),
        st.Page("pages/review.py", title="Review"),
        st.Page("pages/species.py", title="Species"),
        st.Page("pages/train.py", title="Train"),
        st.Page("pages/models.py", title="Models"),
    ],
    position="top",
)
if get_script_run_ctx(suppress_warning=True) is not None:
    from pages._ui.frame import draw_frame

    draw_frame()
    page.run()
