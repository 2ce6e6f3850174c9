"""Which model answers, the way back, and what was decided before."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

import streamlit as st

from core.errors import FieldmarkError
from core.model.registry import InstalledModel
from core.store import Declined, Promotion, TrainedModel
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
    installed = {model.name: model for model in services.installed_models()}
    with st.expander("All models that were taught, and what was decided about them", key="history"):
        if taught:
            st.html("<ul>" + "".join(f"<li>{_made(one)}</li>" for one in taught) + "</ul>")
        if promoted or declined:
            st.html("<ol>" + "".join(_decisions(promoted, declined, installed)) + "</ol>")


def _made(model: TrainedModel) -> str:
    label, said = model.report.get("label", model.name), model.report.get("sentence", "")
    gate = "passed the gate" if model.passes else "did not pass the gate"
    return f"<b>{escape(label)}</b>, made {model.added_at:%Y-%m-%d %H:%M} UTC, {gate}. {escape(said)}"


def _decisions(
    promoted: Sequence[Promotion], declined: Sequence[Declined], installed: Mapping[str, InstalledModel]
) -> Iterator[str]:
    """Yield all decisions in one order of time."""
    rows = [
        (
            row.at,
            row.by,
            f"{_label(row.to_name, installed)} takes the place of {_label(row.from_name, installed)}",
            "",
        )
        for row in promoted
    ]
    for no in declined:
        said = "may answer again" if no.withdrawn else "shall not answer"
        rows.append((no.at, no.by, f"{_label(no.model, installed)} {said}", no.why))
    for at, by, what, why in sorted(rows):
        reason = f": {escape(why)}" if why else ""
        yield f"<li>{at:%Y-%m-%d %H:%M} UTC, {escape(by)}: {escape(what)}{reason}</li>"


def _label(name: str, installed: Mapping[str, InstalledModel]) -> str:
    bundle = installed[name].bundle if name in installed else None
    return f"{bundle.name} {bundle.version}" if bundle else name


def _roll_back() -> None:
    try:
        serving.roll_back_model()
    except FieldmarkError as error:
        st.session_state["roll_back_problem"] = str(error)
