"""Going from screen to screen by links in our HTML, within the session."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

SCREENS = ("identify", "review", "species", "models")
_LISTEN = st.components.v2.component(
    "fieldmark_navigator", js=Path(__file__).with_name("navigator.js").read_text(encoding="utf-8")
)


def listen() -> None:
    """Follow a link that was clicked; draw nothing."""
    with st.container(key="navigator"):
        result = _LISTEN(key="navigator_listener", on_go_change=lambda: None, height="content")
    if (target := target_of(getattr(result, "go", None))) is not None:
        page, parameters = target
        st.switch_page(f"pages/{page}.py", query_params=parameters)


def target_of(message: Any) -> tuple[str, dict[str, str]] | None:
    """Return the screen and its parameters, `None` for no message or one that makes no sense."""
    if not isinstance(message, Mapping):
        return None
    page, parameters = message.get("page"), message.get("parameters")
    if page not in SCREENS or not isinstance(parameters, Mapping):
        return None
    return page, {str(key): str(value) for key, value in parameters.items()}


def address(**parameters: str) -> str:
    """Return the address of the species screen, escaped for an HTML attribute."""
    given = {key: value for key, value in parameters.items() if value}
    return escape(f"species?{urlencode(given)}" if given else "species")


def link(text: str, css: str = "", **parameters: str) -> str:
    """Return a link to the species screen around HTML."""
    return f'<a class="fm-go {css}" href="{address(**parameters)}" target="_self">{text}</a>'
