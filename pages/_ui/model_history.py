"""Which model answers, the way back, and what was decided before."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.errors import FieldmarkError
from core.model.registry import InstalledModel
from core.store import Declined, Promotion
from pages._ui import markup, services, serving, training_services


def draw_who_answers() -> None:
    """Draw which model answers since when, and the way back."""
    rows = training_services.promotions().all()
    installed = {model.name: model for model in services.installed_models()}
    served = services.served_folder().name
    st.header("Who answers", anchor=False)
    since = f" since {rows[-1].at:%Y-%m-%d %H:%M} UTC, by {rows[-1].by}" if rows else ", as installed"
    st.markdown(f"**{_label(served, installed)}** answers{markup.plain(since)}.")
    if rows and serving.can_go_back():
        st.button(
            f"Roll back to {_label(rows[-1].from_name, installed)}",
            key="roll_back",
            icon=":material/undo:",
            on_click=_roll_back,
            disabled=not serving.may_promote(),
        )
    if problem := st.session_state.pop("roll_back_problem", None):
        st.error(problem)


def draw_history() -> None:
    """Draw the models that were taught, and what was decided about which model."""
    taught, promoted = training_services.models().all(), training_services.promotions().all()
    declined = training_services.declined().all()
    if not taught and not promoted and not declined:
        return
    with st.expander("All models that were taught, and what was decided about them", key="history"):
        if taught:
            st.table(
                pd.DataFrame(
                    {
                        "model": [one.report.get("label", one.name) for one in taught],
                        "made": [f"{one.added_at:%Y-%m-%d %H:%M}" for one in taught],
                        "gate": ["passed" if one.passes else "not passed" for one in taught],
                        "in words": [one.report.get("sentence", "") for one in taught],
                    }
                ).set_index("model")
            )
        if promoted or declined:
            st.table(_decisions(promoted, declined))


def _decisions(promoted: Sequence[Promotion], declined: Sequence[Declined]) -> pd.DataFrame:
    """Return all decisions in one order of time."""
    rows = [(row.at, f"{row.to_name} takes the place of {row.from_name}", row.by, "") for row in promoted]
    rows += [
        (row.at, f"{row.model}: {'taken back' if row.withdrawn else 'shall not answer'}", row.by, row.why)
        for row in declined
    ]
    found = pd.DataFrame(sorted(rows), columns=["when", "what", "by", "why"])
    for column in ("by", "why"):
        found[column] = found[column].map(markup.plain)
    found["when"] = [f"{at:%Y-%m-%d %H:%M}" for at in found["when"]]
    return found.set_index("when")


def _label(name: str, installed: Mapping[str, InstalledModel]) -> str:
    bundle = installed[name].bundle if name in installed else None
    return f"{bundle.name} {bundle.version}" if bundle else name


def _roll_back() -> None:
    try:
        serving.roll_back_model()
    except FieldmarkError as error:
        st.session_state["roll_back_problem"] = str(error)
