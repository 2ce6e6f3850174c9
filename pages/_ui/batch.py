"""Several photos: a table, a summary, downloads."""

from collections import Counter

import pandas as pd
import plotly.express as px
import streamlit as st

from core.decision import Outcome
from core.formats.identifications import prior_record, to_json, to_record, to_table
from core.identify import Identification
from pages._ui import services, state
from pages._ui.context import draw_context, follow_context

WITHOUT_NAME = {
    "blank": "no animal",
    "human": "person",
    "vehicle": "vehicle",
    "error": "could not be read",
}


def draw_batch() -> None:
    """Draw the photos of this session as a table; a click on a row opens that photo."""
    found = follow_context()
    prior = prior_record(found, services.classifier().bundle.taxonomy)
    items = [seen.identification for seen in state.seen()]
    table = _frame(items)
    with st.container(border=True, key="batch"):
        st.html(f'<p class="fm-lead"><b>{len(items)} photos.</b> {_summary(items)}</p>')
        picked = st.dataframe(
            table,
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key="batch_table",
            height=min(320, 38 + 35 * len(items)),
            column_config={
                "sure": st.column_config.ProgressColumn("sure", min_value=0, max_value=100, format="%.0f %%")
            },
        )
        rows = picked.selection.rows
        if rows and st.session_state.get("batch_opened") != rows[0]:
            st.session_state["batch_opened"] = rows[0]
            state.open_photo(rows[0])
        counts = Counter(str(name) for name in table["animal"])
        if max(counts.values()) > 1:  # a row of ones says nothing
            _draw_counts(counts)
        draw_context(found)
        with st.container(horizontal=True):
            st.download_button("Download CSV", to_table(items), "identifications.csv", "text/csv", key="csv")
            st.download_button(
                "Download JSON", to_json(items, prior), "identifications.json", "application/json", key="json"
            )
            st.button("Start anew", key="anew", on_click=_forget)


def draw_steps() -> None:
    """Draw buttons to the photo before and after."""
    index, total = state.open_index(), len(state.seen())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("‹ Before", key="before", disabled=index == 0, on_click=_step, args=(-1,))
        st.html(f"<span>Photo {index + 1} of {total}</span>")
        st.button("Next ›", key="next", disabled=index == total - 1, on_click=_step, args=(1,))


def _step(by: int) -> None:
    state.open_photo(state.open_index() + by)


def _forget() -> None:
    st.session_state[state.SEEN] = []


def _frame(items: list[Identification]) -> pd.DataFrame:
    records = [to_record(item) for item in items]
    return pd.DataFrame(
        {
            "photo": [item.photo.name if item.photo else item.file for item in items],
            "animal": [_label(record) for record in records],
            "rank": [record["rank"] or "" for record in records],
            "sure": [
                100 * record["confidence"] if record["outcome"] != "error" else None for record in records
            ],
            "remarks": [
                ", ".join(note.code for note in item.notes) or (item.error.message if item.error else "")
                for item in items
            ],
        }
    )


def _label(record: dict[str, object]) -> str:
    if record["outcome"] in WITHOUT_NAME:
        return WITHOUT_NAME[str(record["outcome"])]
    return str(record["common_name"] or record["taxon"] or "unsure")


def _summary(items: list[Identification]) -> str:
    kinds = Counter(item.answer.outcome if item.answer else None for item in items)
    words = {
        Outcome.IDENTIFIED: "named to the species",
        Outcome.ROLLED_UP: "to a group",
        Outcome.BLANK: "without an animal",
        Outcome.HUMAN: "of a person",
        Outcome.VEHICLE: "of a vehicle",
        Outcome.UNSURE: "unsure",
        None: "unreadable",
    }
    return ", ".join(f"{kinds[kind]} {text}" for kind, text in words.items() if kinds[kind]) + "."


def _draw_counts(counts: Counter[str]) -> None:
    common = counts.most_common(12)[::-1]
    figure = px.bar(x=[n for _, n in common], y=[name for name, _ in common], orientation="h")
    figure.update_traces(marker_color="#4c8a66", hovertemplate="%{y}: %{x}<extra></extra>")
    figure.update_layout(
        height=60 + 26 * len(common),
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        xaxis_title="photos",
        yaxis_title=None,
    )
    st.plotly_chart(
        figure,
        key="counts",
        config={"displayModeBar": False},
        alt="Photos per animal: " + ", ".join(f"{n} {c}" for n, c in counts.most_common(12)),
    )
