"""The review surface: what it is given, and what becomes of the acts that it sends."""

from typing import Any

import streamlit as st

from core.errors import StoreError
from core.review import parse_acts
from core.store import QueueFilter
from pages._ui import review_items, routes, services, who
from pages._ui.desk import desk
from pages._ui.review_surface import SURFACE

KEY, SETTLED, ASKED, HELD, ROUND = "review", "review_settled", "review_asked", "review_held", "review_round"
WINDOW = 600  # photos that the browser is given ahead
SHARED_WINDOW, SHARED_LOW = 60, 20  # where others wait for photos too
UNDOABLE = 200  # acts of earlier visits that undo reaches


@st.fragment
def draw(annotator: str, wanted: QueueFilter) -> None:
    """Draw the surface; acts rerun only this."""
    first = ASKED not in st.session_state
    asked = first or bool(st.session_state[ASKED])
    st.session_state[ASKED] = False
    done, total = services.queue().progress()
    data = {
        "annotator": annotator,
        "list": f"{wanted} {st.session_state.get(ROUND, 0)}",
        "items": _next_items(annotator, wanted, is_first=first) if asked else [],
        "done": _earlier(annotator) if first else [],
        "settled": st.session_state.get(SETTLED, []),
        "labelled": done,
        "total": total,
        "low": SHARED_LOW if who.is_guarded() else None,
        "taxa": routes.taxa_address(services.taxonomy()),
        "cards": routes.cards_address(services.taxonomy()),
        "root": services.taxonomy().root.id,
    }
    SURFACE(
        data=data, key=KEY, on_pending_change=_store, on_more_change=_give_more, default={"pending": None}
    )


def start_over() -> None:
    """Give the queue anew: whoever comes to the page has an empty surface."""
    st.session_state.pop(ASKED, None)


def give_anew() -> None:
    """Let the browser forget what it was given: the order has changed."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def _store() -> None:
    """Keep what the browser sent; what is kept, or can never be, is settled and will not be sent again."""
    message = st.session_state[KEY].get("pending") or {}
    annotator = who.annotator()
    if annotator is None:  # signed out elsewhere: the browser keeps its acts for the next time
        st.toast("Not saved: sign in again.")
        return
    session = str(message.get("session", ""))[:64]
    acts, refused = parse_acts(message.get("acts"), services.taxonomy(), annotator=annotator, session=session)
    try:
        unfit = services.ledger().append_all(acts, received_at=services.now())
    except StoreError as error:  # busy, full or gone: the browser keeps the acts and sends them again
        st.session_state[SETTLED] = list(refused)
        st.toast(f"Not saved yet: {error}")
        return
    refused |= {str(number): reason for number, reason in unfit.items()}
    for reason in dict.fromkeys(refused.values()):
        st.toast(f"One act could not be kept: {reason}")
    st.session_state[SETTLED] = [*refused, *(str(act.id) for act in acts)]
    if who.is_guarded():
        try:
            desk().settle(act.sha256 for act in acts if act.id not in unfit)
            services.leases().hold(annotator, st.session_state.get(HELD, []), at=services.now())
        except StoreError as error:  # what was said is stored; who looks next is settled with the next act
            st.toast(f"Saved, but the queue could not be brought up to date: {error}")


def _give_more() -> None:
    st.session_state[ASKED] = True


def _next_items(annotator: str, wanted: QueueFilter, *, is_first: bool) -> list[dict[str, Any]]:
    """Return the next photos; the browser puts those that it does not have behind those that it has."""
    at, house = services.now(), desk()
    if is_first:
        house.place_new(at=at)
    shared = who.is_guarded()
    given = house.next_for(annotator, limit=SHARED_WINDOW if shared else WINDOW, at=at, wanted=wanted)
    if shared:  # whoever asked at the same moment may have been quicker
        held = services.leases().hold(annotator, [sha for one in given for sha in _hashes(one)], at=at)
        given = [one for one in given if one.photo.sha256 in held]
        st.session_state[HELD] = sorted(held)
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
                    "id": act.event, "sha256": act.sha256, "kind": act.kind.value, "lane": act.lane, "action": act.action,
                    "item": review_items.of_before(act.sha256),
                }
            )  # fmt: skip
    return found
