"""What lives where the photos were taken: told by a person, or guessed from many photos; never silent."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages._ui import services, state
from pages._ui.sureness import accepted_error
from pages._ui.wording import taxon_name

if TYPE_CHECKING:
    from core.decision.prior import PriorEstimate
    from core.taxonomy import Taxonomy

GUESS, LISTED, APPLIED, FOUND = "context_guess", "context_listed", "context_applied", "context_found"


def follow_context() -> "PriorEstimate | None":
    """Bring all answers of this session in line with what lives there; return what that is.

    Nothing is done where neither the photos nor the choices have changed. The network does not run.
    """
    from core.adapt import adapt, estimate_for
    from core.formats.checklist import checklist_of
    from core.identify import Request

    seen = state.seen()
    classifier = services.classifier()
    listed = list(st.session_state.get(LISTED, []))
    guess = bool(st.session_state.get(GUESS, True))
    error = accepted_error(classifier.bundle)
    key = (tuple(one.identification.sha256 for one in seen), tuple(listed), guess, error)
    if st.session_state.get(APPLIED) == key:
        return st.session_state.get(FOUND)
    items = [one.identification for one in seen]
    found = None
    if listed:
        found = checklist_of(listed, classifier.bundle, listed)
    elif guess:
        found = estimate_for(items, classifier)
    if found is not None or st.session_state.get(FOUND) is not None:
        adapted = adapt(items, classifier, Request(error=error, top_k=20), found)
        state.replace_seen(
            [replace(one, identification=item) for one, item in zip(seen, adapted, strict=True)]
        )
    st.session_state[APPLIED], st.session_state[FOUND] = key, found
    return found


def draw_context(found: "PriorEstimate | None") -> None:
    """Draw what the answers assume, what it rests on, and how to change it."""
    taxonomy = services.classifier().bundle.taxonomy
    with st.expander("What lives where these photos were taken?", expanded=False, key="context"):
        st.caption(_explain(found))
        if found is not None:
            st.dataframe(_shifts(found, taxonomy), hide_index=True, key="context_shifts")
        st.multiselect(
            "I know what may occur there",
            sorted(
                {
                    taxon.display_name
                    for taxon in taxonomy.order
                    if taxon.rank.label in ("species", "genus", "family")
                }
            ),
            key=LISTED,
            placeholder="Choose species, genera or families",
            help="Your list beats any guess. What is not on it keeps 1 % in all, so that a clear photo is still believed.",
        )
        st.toggle(
            "Else guess it from the photos, from 100 photos of one place on",
            value=True,
            key=GUESS,
            disabled=bool(st.session_state.get(LISTED)),
        )


def _explain(found: "PriorEstimate | None") -> str:
    from core.decision.prior import LEAST_PHOTOS, PriorMethod

    if found is None:
        return (
            "The answers treat all species alike. "
            f"From {LEAST_PHOTOS} photos of one place on, Fieldmark can guess how common each is there."
        )
    if found.method is PriorMethod.CHECKLIST:
        return "The answers follow your list."
    how = "one parameter" if found.method is PriorMethod.FAMILY else "expectation maximisation"
    return f"The answers follow how common the species seem to be in these {found.n} photos ({how})."


def _shifts(found: "PriorEstimate", taxonomy: "Taxonomy") -> pd.DataFrame:
    rows = found.shifts(8)
    names = [taxon_name(row.label, taxonomy) for row in rows]
    return pd.DataFrame(
        {
            "animal": names,
            "if all were alike": [f"{row.before:.1%}" for row in rows],
            "here": [f"{row.after:.1%}" for row in rows],
        }
    )
