"""Everything a session remembers, each key named once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import streamlit as st

from core.identify import Identification

SEEN, OPEN, ROUND, SESSION, ANNOTATOR = "seen", "open", "round", "session", "annotator"
SURENESS, ANSWERED_ANEW = "chosen_sureness", "answered_anew"


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo of this session.

    Attributes:
        preview: JPEG without metadata for the screen; `None` if the photo could not be decoded.
        prediction: Id of the stored prediction.
    """

    identification: Identification
    preview: bytes | None
    prediction: int | None
    displayed_at: datetime


def seen() -> Sequence[Seen]:
    """Photos of this session, oldest first."""
    found: list[Seen] = st.session_state.setdefault(SEEN, [])
    return found


def remember(items: Sequence[Seen]) -> None:
    """Add photos and open the first new one; the same photo again moves to its newest place."""
    shas = {item.identification.sha256 for item in items if item.identification.sha256}
    kept = [item for item in seen() if item.identification.sha256 not in shas]
    st.session_state[SEEN] = [*kept, *items]
    st.session_state[OPEN] = len(kept)


def replace_seen(items: Sequence[Seen]) -> None:
    """Put the same photos with new answers in place of the old; whatever shows them must be redrawn."""
    st.session_state[SEEN] = list(items)
    st.session_state[ANSWERED_ANEW] = True


def was_answered_anew() -> bool:
    """Whether answers changed since the last time anybody asked."""
    return bool(st.session_state.pop(ANSWERED_ANEW, False))


def sureness() -> str | None:
    """How sure Fieldmark must be, in the words of the screen; `None` if nobody chose."""
    chosen: str | None = st.session_state.get(SURENESS)
    return chosen


def choose_sureness(label: str | None) -> None:
    """Remember how sure Fieldmark must be."""
    st.session_state[SURENESS] = label


def open_index() -> int:
    """Position of the photo on screen among `seen()`."""
    return min(int(st.session_state.get(OPEN, 0)), max(0, len(seen()) - 1))


def open_photo(index: int) -> None:
    """Show another photo of this session."""
    st.session_state[OPEN] = index


def upload_round() -> int:
    """Changes when the uploader should come back empty."""
    return int(st.session_state.get(ROUND, 0))


def clear_uploader() -> None:
    """Empty the uploader: its files are ours by now, and would stay in the server's memory."""
    st.session_state[ROUND] = upload_round() + 1


def session_id() -> str:
    """A random id of this browser session."""
    return str(st.session_state.setdefault(SESSION, str(uuid4())))


def annotator(default: str) -> str:
    """Who corrects."""
    return str(st.session_state.get(ANNOTATOR) or default).strip() or default
