"""The review surface: what it is given, and what becomes of the acts that it sends."""

from typing import Any

import streamlit as st

from core.errors import StoreError
from core.review import QueueItem, order_queue, parse_acts
from core.species.explore import THREATENED
from pages._ui import review_items, routes, services, state
from pages._ui.review_surface import SURFACE

KEY, SETTLED, GIVEN, QUEUE = "review", "review_settled", "review_given", "review_queue"
WINDOW = 600  # photos that the browser is given ahead
UNDOABLE = 200  # acts of earlier visits that undo reaches


@st.fragment
def draw() -> None:
    """Draw the surface; acts rerun only this."""
    annotator = state.annotator(services.settings().annotator)
    first = st.session_state.get(GIVEN) is None
    if first:
        st.session_state[GIVEN] = 0
        st.session_state[QUEUE] = _queue()
    labelled, total = services.review().progress()
    data = {
        "annotator": annotator,
        "items": _next_items(),
        "done": _earlier(annotator) if first else [],
        "settled": st.session_state.get(SETTLED, []),
        "labelled": labelled,
        "total": total,
        "taxa": routes.taxa_address(services.taxonomy()),
        "cards": routes.cards_address(services.taxonomy()),
        "root": services.taxonomy().root.id,
    }
    SURFACE(
        data=data, key=KEY, on_pending_change=_store, on_more_change=_give_more, default={"pending": None}
    )


def start_over() -> None:
    """Give the queue anew: whoever comes to the page has an empty surface."""
    for name in (GIVEN, QUEUE):
        st.session_state.pop(name, None)


def _store() -> None:
    """Keep what the browser sent; what is kept, or can never be, is settled and will not be sent again."""
    message = st.session_state[KEY].get("pending") or {}
    annotator = state.annotator(services.settings().annotator)
    acts, refused = parse_acts(
        message.get("acts"),
        services.taxonomy(),
        annotator=annotator,
        session=str(message.get("session", ""))[:64],
    )
    try:
        unfit = services.ledger().append_all(acts, received_at=services.now())
    except StoreError as error:  # busy, full or gone: the browser keeps the acts and sends them again
        st.session_state[SETTLED] = list(refused)
        st.toast(f"Not saved yet: {error}")
        return
    refused |= {str(number): reason for number, reason in unfit.items()}
    settled = [*refused, *(str(act.id) for act in acts)]
    for reason in dict.fromkeys(refused.values()):
        st.toast(f"One act could not be kept: {reason}")
    st.session_state[SETTLED] = settled


def _give_more() -> None:
    st.session_state[QUEUE] = _queue()
    st.session_state[GIVEN] = 0


def _queue() -> list[QueueItem]:
    served = services.served_folder()
    bundles = [model.bundle for model in services.installed_models() if model.folder == served]
    learnt = bundles[0].training.get("photos_per_class", {}) if bundles and bundles[0] else {}
    threatened = frozenset(card.taxon for card in services.cards().values() if card.iucn in THREATENED)
    return order_queue(services.review().unreviewed(), threatened=threatened, learnt_from=learnt)


def _next_items() -> list[dict[str, Any]]:
    """Return the photos that the browser does not have yet; it puts them behind those that it has."""
    queue: list[QueueItem] = st.session_state[QUEUE]
    given = st.session_state[GIVEN]
    st.session_state[GIVEN] = min(len(queue), given + WINDOW) if given == 0 else given
    return [review_items.describe(item) for item in queue[given : st.session_state[GIVEN]]]


def _earlier(annotator: str) -> list[dict[str, Any]]:
    """Return the acts that undo may take back, oldest first, each with its photo."""
    found = []
    for act in services.review().last_acts(annotator, UNDOABLE):
        if str(act.event) in {str(event.id) for event in services.ledger().standing(act.sha256)}:
            found.append({"id": act.event, "sha256": act.sha256, "item": review_items.of_before(act.sha256)})
    return found
