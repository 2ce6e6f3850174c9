"""The review surface as a component: HTML, a style and plain scripts, put together at start without a build step."""

from pathlib import Path

import streamlit as st

PARTS = Path(__file__).with_name("review_component")
# One concept a file; all share one scope, `main` hands the surface to Streamlit.
SCRIPTS = (
    "elements", "queue", "acts", "sending", "details", "burst", "viewer", "boxes", "focus", "find", "grid", "lasso", "dialogs", "compare",
    "actions", "keys", "remap", "main",
)  # fmt: skip


def script() -> str:
    """Return all scripts as one module."""
    parts = [(PARTS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return "\n".join([*parts, "export default mount\n"])


SURFACE = st.components.v2.component(
    "fieldmark_review",
    html=(PARTS / "review.html").read_text(encoding="utf-8"),
    css=(PARTS / "review.css").read_text(encoding="utf-8"),
    js=script(),
)
