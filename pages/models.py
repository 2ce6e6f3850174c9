"""The models: which one answers, how good each is, side by side; choose or go back."""

from pathlib import Path

import streamlit as st

from core.model.registry import InstalledModel
from pages._ui import adding, charts, models, reports, runs, services


def draw() -> None:
    """Draw the list, the comparison, and what the figures rest on."""
    st.title("Models", anchor=False)
    found, served = services.installed_models(), services.served_folder()
    st.html('<p class="fm-lead">Which model answers, how good each one is, and what it learnt from.</p>')
    models.draw_list(found, served)
    adding.draw_adding()
    usable = [model for model in found if model.bundle is not None]
    if usable:
        _draw_comparison(usable, served)
    runs.draw()


def _draw_comparison(usable: list[InstalledModel], served: Path) -> None:
    chosen = _choose(usable, served)
    st.header("Side by side", anchor=False)
    split = models.draw_split(chosen)
    if split is None:
        st.info("None of these models was judged yet: `python -m core evaluate --record`.")
        return
    models.draw_figures(chosen, split)
    left, right = st.columns(2)
    with left:
        charts.draw_reliability(models.evaluations(chosen, split))
    with right:
        charts.draw_ranks(models.evaluations(chosen, split))
    charts.draw_training(chosen)
    reports.draw_report(chosen, split)
    models.draw_cards(chosen)


def _choose(usable: list[InstalledModel], served: Path) -> list[InstalledModel]:
    newest = [model.name for model in usable][-2:]
    labels = {model.name: _label(model) for model in usable}
    names = st.multiselect(
        "Compare",
        list(labels),
        default=newest,
        format_func=labels.__getitem__,
        key="compared",
        max_selections=3,
    )
    return [model for model in usable if model.name in names] or [m for m in usable if m.folder == served]


def _label(model: InstalledModel) -> str:
    assert model.bundle is not None  # only usable ones are offered
    return f"{model.bundle.name} {model.bundle.version} ({model.name})"


draw()
