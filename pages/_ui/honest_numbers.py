"""How often the model is right, from photos that were chosen by chance; and how the work goes."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from core.review import audit
from core.review.audit import Share
from core.review.work import pace, shares
from core.store import Lane
from pages._ui import services
from pages._ui.review_items import IN_SHORT

FEW = 30  # photos, below which the interval is wider than most questions


def draw() -> None:
    """Draw the shares at every rank with their intervals, or say what is missing; then the work."""
    with st.expander("How often is the model right?", key="honest_numbers"):
        _draw_model()
    with st.expander("How does the work go?", key="work_numbers"):
        _draw_work()


def _draw_model() -> None:
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
    _table("at the rank of", rows, "honest_table")
    if found.species:
        tree = services.taxonomy()
        rare_first = sorted(found.species.items(), key=lambda item: item[1].right / max(item[1].n, 1))
        _table(
            "species", [(tree.get(name).display_name, share) for name, share in rare_first], "honest_species"
        )
    if found.photos < FEW:
        st.caption(f"Fewer than {FEW} photos say little.")


def _draw_work() -> None:
    done, total = services.queue().progress()
    left = services.queue().left()
    st.markdown(f"**{done:,}** of **{total:,}** photos need no look any more.")
    if left:
        words = ", ".join(
            f"{IN_SHORT.get(Lane(lane), lane)} {count:,}"
            for lane, count in sorted(left.items(), key=lambda item: -item[1])
        )
        st.caption(f"Waiting, by reason: {words}.")
    moments = services.review().moments()
    paces = {name: pace(found) for name, found in sorted(moments.items())}
    if paces:
        st.dataframe(
            pd.DataFrame(
                {
                    "who": list(paces),
                    "labels": [one.labels for one in paces.values()],
                    "a minute": [
                        None if one.per_minute is None else round(one.per_minute, 1) for one in paces.values()
                    ],
                }
            ),
            hide_index=True,
            key="work_pace",
        )
        st.caption("Labels given while reviewing; pauses of more than a minute are left out.")
    alike, several = services.review().agreement()
    answers, tree = services.gold().answers(), services.taxonomy()
    rows = [("photos that two or more labelled, all alike", Share(alike, several))] if several else []
    rows += [
        (f"{name}, tests with a known answer", share)
        for name, share in shares(answers, Lane.GOLD, tree).items()
    ]
    rows += [
        (f"{name}, the same answer again", share) for name, share in shares(answers, Lane.AGAIN, tree).items()
    ]
    if rows:
        _table("agreement", rows, "work_agreement")


def _table(title: str, rows: Iterable[tuple[str, Share]], key: str) -> None:
    found = list(rows)
    st.dataframe(
        pd.DataFrame(
            {
                title: [name for name, _ in found],
                "right": [f"{share.right} of {share.n}" for _, share in found],
                "95 % interval": [_interval(share) for _, share in found],
            }
        ),
        hide_index=True,
        key=key,
    )


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{100 * low:.0f} to {100 * high:.0f} %"
