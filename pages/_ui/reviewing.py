"""The review surface and what it begins with; it gets more from `giving`, and what it sends goes to `acts`."""

from typing import Any

import streamlit as st

from core.review.filters import FilterWords
from pages._ui import acts, giving, review_items, routes, services
from pages._ui.desk import desk
from pages._ui.review_surface import SURFACE

KEY, ROUND = "review", "review_round"
UNDOABLE = 200  # acts of earlier visits that undo reaches


def draw(annotator: str, words: FilterWords) -> None:
    """Draw the surface; from then on it asks for photos and sends acts by itself, and nothing here runs again."""
    line = st.empty()
    desk().place_new(
        at=services.now(), tell=lambda placed: line.caption(f"Putting new photos in order: {placed:,}")
    )
    line.empty()
    done, total = services.queue().progress()
    SURFACE(
        key=KEY,
        data={
            "annotator": annotator,
            "list": f"{words.query()} {st.session_state.get(ROUND, 0)}",
            "items": giving.next_items(annotator, words),
            "next": giving.address(annotator, words),
            "done": _earlier(annotator),
            "acts": acts.address(annotator),
            "labelled": done,
            "total": total,
            "low": giving.low(),
            "taxa": routes.taxa_address(services.taxonomy()),
            "cards": routes.cards_address(services.taxonomy()),
            "root": services.taxonomy().root.id,
        },
    )


def give_anew() -> None:
    """Let the browser forget what it was given: the order has changed."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def _earlier(annotator: str) -> list[dict[str, Any]]:
    """Return the acts that undo may take back, oldest first, each with its photo."""
    found = []
    for act in services.review().last_acts(annotator, UNDOABLE):
        if str(act.event) in {str(event.id) for event in services.ledger().standing(act.sha256)}:
            found.append(
                {
                    "id": act.event, "sha256": act.sha256, "kind": act.kind.value, "taxon": act.taxon,
                    "lane": act.lane, "action": act.action, "item": review_items.of_before(act.sha256),
                }
            )  # fmt: skip
    return found
