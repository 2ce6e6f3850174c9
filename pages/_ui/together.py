"""Working together: how many must look, tests with a known answer, and labels that deserve a second look."""

import streamlit as st

from core.media.events import DEFAULT_GAP
from core.review import DEFAULT_POLICY, POLICIES
from core.store import Account, Place, Role
from pages._ui import reviewing, services, who

TESTS = 20  # at once
GAPS = (0, 5, 30, 60, 300, 600, 1800)  # seconds


def draw(annotator: str) -> None:
    """Draw what the person may decide."""
    account = who.signed_in() if who.is_guarded() else None
    title = f"Signed in as {account.name}" if account else "Second looks, tests and several people"
    with st.expander(title, key="together"):
        if account is not None:
            st.html('<a href="/sign-out" target="_self">Sign out</a>')
        _draw_second_look()
        if account is None or account.role is Role.MANAGER:
            _draw_policy(annotator)
            _draw_gap()
        if account is None or account.role is not Role.ANNOTATOR:
            _draw_tests(account)
        if account is None:
            st.caption(
                "More people? `python -m core accounts add NAME` makes an account; from the first one on, everybody signs in."
            )


def _draw_second_look() -> None:
    st.button(
        "Ask again about doubtful labels", on_click=_ask_again,
        help="Where the model, being sure, says something else, where a label looks doubtful beside all others, and where photos that look alike are labelled otherwise.",
    )  # fmt: skip


def _ask_again() -> None:
    from core.review.second_look import contradicted, doubtful, unlike_neighbours  # slow to load

    opinions, tree, store = services.review().opinions(), services.taxonomy(), services.embeddings()
    members = services.events().members(one.sha256 for one in opinions)
    events = {name: str(of_event[0].event) for name, of_event in members.items()}
    found: dict[str, Place] = {}
    for places in (
        contradicted(opinions, tree), doubtful(opinions, store, tree, events), unlike_neighbours(opinions, store, tree)
    ):  # fmt: skip
        for place in places:
            found.setdefault(place.sha256, place)
    count = services.queue().reopen(found.values())
    reviewing.give_anew()
    if count:
        st.toast(f"{count} photos come again, before all others.")
    else:
        st.toast("There are none." if not found else "Somebody has looked at all of them again already.")


def _draw_gap() -> None:
    rule = services.events().rule()
    now = rule.gap_seconds if rule else DEFAULT_GAP
    gaps = sorted({*GAPS, now})
    chosen = st.selectbox(
        "Photos of one camera are an event if they lie at most so far apart", gaps, gaps.index(now),
        format_func=lambda gap: f"{gap} seconds" if gap < 120 else f"{gap // 60} minutes",
    )  # fmt: skip
    if chosen != now:
        services.events().set_gap(int(chosen), at=services.now())
        reviewing.give_anew()
        st.rerun()


def _draw_policy(annotator: str) -> None:
    names = list(POLICIES)
    now = services.review().policy() or DEFAULT_POLICY
    chosen = st.radio(
        "How many must look at a photo",
        names,
        names.index(now),
        format_func=lambda name: POLICIES[name].title,
    )
    if chosen != now:
        services.review().set_policy(str(chosen), annotator, at=services.now())
        st.rerun()


def _draw_tests(account: Account | None) -> None:
    used, ready = services.gold().all(), services.gold().agreed(TESTS)
    st.markdown(
        f"**{len(used)}** photos are tests: people see them now and then without a suggestion, and what they say never changes a label."
    )
    with st.container(horizontal=True):
        if ready and st.button(f"Make {len(ready)} agreed photos tests"):
            services.gold().add(ready, at=services.now())
            st.rerun()
        if used and st.button("Use none as tests"):
            for photo in used:
                services.gold().take_out(photo.sha256)
            st.rerun()
    if not ready and not used:
        st.caption("A photo can be a test once two people have labelled it alike.")
