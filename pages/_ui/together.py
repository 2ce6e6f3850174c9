"""Working together: how many must look, tests with a known answer, and labels that deserve a second look."""

import streamlit as st

from core.review import DEFAULT_POLICY, POLICIES
from core.review.second_look import contradicted, unlike_neighbours
from core.store import Account, Role
from pages._ui import reviewing, services, who

TESTS = 20  # at once


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
        if account is None or account.role is not Role.ANNOTATOR:
            _draw_tests(account)
        if account is None:
            st.caption(
                "More people? `python -m core accounts add NAME` makes an account; from the first one on, everybody signs in."
            )


def _draw_second_look() -> None:
    st.button(
        "Ask again about doubtful labels", on_click=_ask_again,
        help="Where the model, being sure, says something else, and where photos that look alike are labelled otherwise.",
    )  # fmt: skip


def _ask_again() -> None:
    opinions = services.review().opinions()
    against = contradicted(opinions, services.taxonomy())
    contradicting = {place.sha256 for place in against}
    unlike = unlike_neighbours(opinions, services.embeddings(), services.taxonomy())
    found = [*against, *(place for place in unlike if place.sha256 not in contradicting)]
    count = services.queue().reopen(found)
    reviewing.give_anew()
    if count:
        st.toast(f"{count} photos come again, before all others.")
    else:
        st.toast("There are none." if not found else "Somebody has looked at all of them again already.")


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
