"""The review surface and what it is given; what becomes of the acts that it sends is in `acts`."""

from typing import Any

import streamlit as st

from core.store import QueueFilter
from pages._ui import acts, review_items, routes, services, who
from pages._ui.desk import desk
from pages._ui.review_surface import SURFACE

KEY, OPENED, ROUND = "review", "review_opened", "review_round"
WINDOW = 600  # photos that the browser is given ahead
SHARED_WINDOW, SHARED_LOW = 60, 30  # where others wait for photos too
UNDOABLE = 200  # acts of earlier visits that undo reaches


@st.fragment
def draw(annotator: str, wanted: QueueFilter) -> None:
    """Draw the surface; asking for more photos reruns only this."""
    is_first = bool(st.session_state.pop(OPENED, False))
    items = _next_items(annotator, wanted, is_first=is_first)
    done, total = services.queue().progress()  # the photos that just came are among them
    data = {
        "annotator": annotator,
        "list": f"{wanted} {st.session_state.get(ROUND, 0)}",
        "items": items,
        "done": _earlier(annotator) if is_first else [],
        "acts": acts.address(annotator),
        "labelled": done,
        "total": total,
        "low": SHARED_LOW if who.is_guarded() else None,
        "taxa": routes.taxa_address(services.taxonomy()),
        "cards": routes.cards_address(services.taxonomy()),
        "root": services.taxonomy().root.id,
    }
    SURFACE(data=data, key=KEY, on_more_change=lambda: None)


def start_over() -> None:
    """Give the queue anew: whoever comes to the page has an empty surface."""
    st.session_state[OPENED] = True


def give_anew() -> None:
    """Let the browser forget what it was given: the order has changed."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def _next_items(annotator: str, wanted: QueueFilter, *, is_first: bool) -> list[dict[str, Any]]:
    """Return the next photos; the browser puts those that it does not have behind those that it has."""
    at, house = services.now(), desk()
    if is_first:
        line = st.empty()
        house.place_new(at=at, tell=lambda placed: line.caption(f"Putting new photos in order: {placed:,}"))
        line.empty()
    shared = who.is_guarded()
    given = house.next_for(annotator, limit=SHARED_WINDOW if shared else WINDOW, at=at, wanted=wanted)
    if shared:  # whoever asked at the same moment may have been quicker
        held = services.leases().hold(annotator, [sha for one in given for sha in _hashes(one)], at=at)
        given = [one for one in given if one.photo.sha256 in held]
    return review_items.items(given)


def _hashes(given: Any) -> list[str]:
    return [member.sha256 for member in given.event] or [given.photo.sha256]


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
