"""How often the model is right, from photos that were chosen by chance."""

import pandas as pd
import streamlit as st

from core.review import audit
from core.review.audit import Share
from pages._ui import services

FEW = 30  # photos, below which the interval is wider than most questions


def draw() -> None:
    """Draw the shares at every rank with their intervals, or say what is missing."""
    with st.expander("How often is the model right?", key="honest_numbers"):
        found = audit(services.review().judged(), services.taxonomy())
        st.caption(
            f"From the {found.photos} labelled photos that were chosen by chance, one in ten, and from no others: photos that are here because the "
            "model was unsure are harder than the rest."
        )
        if not found.photos:
            st.info("None of them is labelled yet.")
            return
        rows = [(rank.label, share) for rank, share in found.ranks.items() if share.n]
        if found.empties.n:
            rows.append(("no animal", found.empties))
        st.dataframe(
            pd.DataFrame(
                {
                    "at the rank of": [name for name, _ in rows],
                    "right": [f"{share.right} of {share.n}" for _, share in rows],
                    "95 % interval": [_interval(share) for _, share in rows],
                }
            ),
            hide_index=True,
            key="honest_table",
        )
        if found.photos < FEW:
            st.caption(f"Fewer than {FEW} photos say little.")


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{100 * low:.0f} to {100 * high:.0f} %"
