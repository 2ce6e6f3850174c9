"""What the Models page is made of: the list, the table of figures, the cards."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import BundleError
from core.model.registry import InstalledModel
from pages._ui import serving, training_services

SPLITS = {"test": "Test photos", "val": "Validation photos"}
FIGURES = {
    "macro_f1": "macro-F1, species with 5 photos or more",
    "accuracy": "accuracy",
    "macro_accuracy": "balanced accuracy",
    "ece": "calibration error (ECE)",
    "answer_error": "wrong statements",
    "information": "information kept",
    "blank_recall": "empty frames recognised",
}


def draw_list(found: Sequence[InstalledModel], served: Path) -> None:
    """Draw a row for every model, with a button to let it answer."""
    for model in found:
        with st.container(border=True, key=f"model_{model.name}"):
            text, action = st.columns([4, 1], vertical_alignment="center")
            with text:
                _draw_row(model, answers=model.folder == served)
            with action:
                if model.bundle is not None and model.folder != served:
                    st.button("Use this one", key=f"use_{model.name}", on_click=_use, args=(model.name,))
    if problem := st.session_state.pop("model_problem", None):
        st.error(problem)
    if serving.can_go_back():
        st.button("Go back to the model before", key="rollback", on_click=_go_back)


def _draw_row(model: InstalledModel, *, answers: bool) -> None:
    if model.bundle is None:
        st.markdown(f"**{model.name}** cannot be used")
        st.caption(model.problem or "")
        return
    bundle = model.bundle
    badge = " :green-badge[answers now]" if answers else ""
    if model.name in training_services.not_passed():
        badge += " :orange-badge[did not pass the gate]"
    st.markdown(f"**{bundle.name} {bundle.version}**{badge}")
    size = sum(file.stat().st_size for file in model.folder.iterdir() if file.is_file()) / 1e6
    st.caption(
        f"{len(bundle.taxonomy.leaves)} species, {bundle.architecture}, {size:.1f} MB, "
        f"weights {bundle.weights_sha256[:8]}. {bundle.licence}"
    )


def _use(name: str) -> None:
    try:
        serving.activate_model(name)
    except BundleError as error:
        st.session_state["model_problem"] = str(error)


def _go_back() -> None:
    try:
        serving.roll_back_model()
    except BundleError as error:
        st.session_state["model_problem"] = str(error)


def draw_split(chosen: Sequence[InstalledModel]) -> str | None:
    """Let the person choose whose photos the figures are of; `None` where there are none."""
    judged = [split for split in SPLITS if any(evaluations([model], split) for model in chosen)]
    if not judged:
        return None
    common = [split for split in judged if all(evaluations([model], split) for model in chosen)]
    split: str | None = st.segmented_control(
        "Judged on", judged, format_func=SPLITS.__getitem__, default=(common or judged)[0], key="judged_on"
    )
    return split or (common or judged)[0]


def evaluations(chosen: Sequence[InstalledModel], split: str) -> dict[str, Mapping[str, Any]]:
    """Return the recorded figures of a split by the model's label; models never judged on it are left out."""
    return {
        f"{model.bundle.name} {model.bundle.version}": model.bundle.metrics[split]
        for model in chosen
        if model.bundle is not None and split in model.bundle.metrics
    }


def draw_figures(chosen: Sequence[InstalledModel], split: str) -> None:
    """Draw a table, a column for each model."""
    found = evaluations(chosen, split)
    missing = len(chosen) - len(found)
    rows = {
        label: [_cell(key, metrics) for metrics in found.values()]
        for key, label in FIGURES.items()
        if any(metrics.get(key) is not None for metrics in found.values())
    }
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=list(found)))
    n = next(iter(found.values()))["n"]
    note = f"On {n:,} photos that no model was trained on. In brackets: 95 % intervals, drawing whole bursts."
    if missing:
        note += f" {missing} of the chosen models was not judged on these photos."
    st.caption(note)


def _cell(key: str, metrics: Mapping[str, Any]) -> str:
    value = metrics.get(key)
    if value is None:
        return "–"
    interval = metrics.get("intervals", {}).get(key)
    text = f"{100 * value:.1f} %"
    return f"{text} ({100 * interval[0]:.1f}–{100 * interval[1]:.1f})" if interval else text


def draw_cards(chosen: Sequence[InstalledModel]) -> None:
    """Draw each model's card, folded."""
    for model in chosen:
        card = model.folder / "README.md"
        if model.bundle is not None and card.is_file():
            with st.expander(f"Model card of {model.bundle.name} {model.bundle.version}"):
                text = card.read_text(encoding="utf-8")
                plain = text.replace(
                    "![", r"!\["
                )  # a card of somebody else must not load pictures from elsewhere
                st.markdown(plain.partition("\n")[2].replace("\n## ", "\n#### "))
