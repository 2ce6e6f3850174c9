"""What a model would learn from now, what not and why, and the button that starts it."""

import pandas as pd
import streamlit as st

from core.errors import StoreError
from core.store import Job
from core.store.jobs import OPEN
from core.taxonomy import BLANK
from pages._ui import services, training_services, who
from pages._ui.wording import answer_name, photos

BULK, DEPTH, LISTED = "train_bulk", "train_depth", 200
DEPTHS = {"auto": "Automatic", "head": "Last layer", "blocks": "Last blocks too"}


def draw(last: Job | None) -> None:
    """Draw the summary, what is left out, and the button."""
    from core.training.selection import IN_WORDS, Exclusion

    lesson = training_services.lesson(bulk=bool(st.session_state.get(BULK, False)))
    found = lesson.summary
    st.header("What it would learn from", anchor=False)
    if not lesson.rows:
        st.info("Nobody has corrected or confirmed a photo yet. Do that on the Identify or the Review page.")
        return
    st.markdown(
        f"**{photos(found.train)}** of {found.taxa} different labels to learn from, **{photos(found.held_out)}** kept to judge it on."
    )
    left_out = sum(found.left_out.values())
    if left_out:
        with st.expander(f"{photos(left_out)} left out, and why", key="left_out"):
            st.html(
                "<ul>"
                + "".join(f"<li>{photos(n)}: {IN_WORDS[why]}</li>" for why, n in found.left_out.items())
                + "</ul>"
            )
            rows = [row for row in lesson.rows if row.left_out][:LISTED]
            tree = services.taxonomy()
            st.dataframe(
                pd.DataFrame(
                    {
                        "photo": training_services.names([row.sha256 for row in rows]),
                        "label": [answer_name(row.taxon or BLANK, tree) for row in rows],
                        "why": [IN_WORDS[Exclusion(row.left_out)] for row in rows if row.left_out],
                    }
                ),
                hide_index=True,
                key="left_out_rows",
            )
    st.toggle(
        "Learn also from labels given to many photos at once",
        key=BULK,
        help="Such labels were given without a look at each photo, so more of them are wrong.",
    )
    st.segmented_control(
        "What of the network may change", list(DEPTHS), default="auto", format_func=DEPTHS.__getitem__, key=DEPTH, required=True,
        help="The last blocks learn more, and forget more. They are worth it from 200 corrections on, if the photos that "
        "the model once learnt from are here too. What was chosen, and why, stands with the result.",
    )  # fmt: skip
    under_way = last is not None and last.state in OPEN
    name = who.annotator()
    st.button(
        "Train on my corrections", type="primary", icon=":material/model_training:", key="train_go", on_click=_start,
        disabled=under_way or not found.train or name is None,
    )  # fmt: skip
    if name is None:
        st.caption("Sign in on the Review page first.")
    elif not found.train:
        st.caption("There is nothing to learn from yet.")
    if problem := st.session_state.pop("train_problem", None):
        st.error(problem)


def _start() -> None:
    try:
        training_services.request_training(
            bulk=bool(st.session_state.get(BULK, False)),
            depth=st.session_state.get(DEPTH) or "auto",
            by=who.annotator() or "nobody",
        )
    except (StoreError, OSError) as error:
        st.session_state["train_problem"] = f"The job could not be started: {error}"
