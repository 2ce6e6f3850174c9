"""Training runs on screen: choose two, see what they were asked, how they went, and what came of them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from core.errors import TrainingError
from core.training.run_log import Run, RunKind, best_epoch, differences
from pages._ui import charts, markup, training_services

KINDS = {
    RunKind.TRAIN: "trained",
    RunKind.TUNE: "settings searched",
    RunKind.BLEND: "blended",
    RunKind.FINETUNE: "taught by command",
    RunKind.TEACH: "taught on the Train page",
}
ASKED = ("kind", "data", "settings.")  # how names begin that say what a run was given; all others came of it
WORDS = {
    "val_macro_f1": "macro-F1 on validation photos",
    "old_macro_f1": "macro-F1 on photos that the old model kept",
    "held_out_macro_f1": "macro-F1 on corrections that were held out",
    "corrected_right": "share of corrections that are right",
    "train_loss": "training loss",
    "alpha": "how far to the new weights (alpha)",
    "flips": "changed answers",
    "best": "best epoch",
    "data": "photos (hash of the list)",
}
HASH = 64  # digits
LONG = 8  # rows; a longer table gets a height of its own


def draw() -> None:
    """Draw two runs side by side, if there are runs."""
    try:
        runs = training_services.run_log().all()
    except TrainingError as error:
        st.warning(str(error))
        return
    if not runs:
        return
    st.header("Training runs", anchor=False)
    labels = {run.id: _label(run) for run in runs}
    left, right = st.columns(2)
    names = list(reversed(labels))
    one = left.selectbox("Run", names, min(1, len(names) - 1), labels.__getitem__, key="run_one")
    other = right.selectbox("Set beside it", names, 0, labels.__getitem__, key="run_other")
    chosen = [next(run for run in runs if run.id == name) for name in (one, other)]
    st.table(pd.DataFrame({side: _facts(run) for side, run in zip(_sides(chosen), chosen, strict=True)}))
    charts.draw_runs(dict(zip(_sides(chosen), (run.epochs for run in chosen), strict=True)))
    found = differences(*chosen)
    if not found:
        st.caption("These two do not differ in data, settings or figures.")
    _draw_differences("What they were given", [row for row in found if row[0].startswith(ASKED)], chosen)
    _draw_differences("What came of them", [row for row in found if not row[0].startswith(ASKED)], chosen)


def _label(run: Run) -> str:
    return f"{run.started_at:%Y-%m-%d %H:%M:%S}, {KINDS[run.kind]}, {Path(run.out).name}"


def _sides(chosen: Sequence[Run]) -> tuple[str, str]:
    """Return what stands above the columns; twice the same run is told apart, too."""
    first, second = (_label(run) for run in chosen)
    return first, second if second != first else f"{second} (the same)"


def _facts(run: Run) -> dict[str, str]:
    best = best_epoch(run)
    return {
        "state": f"finished {run.finished_at:%Y-%m-%d %H:%M} UTC" if run.finished_at else "not finished",
        "epochs": str(len(run.epochs)) if run.kind is not RunKind.TUNE else f"{len(run.epochs)} trials",
        "best macro-F1 on validation photos": f"{best['val_macro_f1']:.3f}" if best else "–",
        "photos (hash of the list)": run.data_sha256[:12],
        "model (hash of the weights)": run.model_sha256[:12] or "none",
    }


def _draw_differences(title: str, rows: Sequence[tuple[str, object, object]], chosen: Sequence[Run]) -> None:
    if not rows:
        return
    with st.expander(f"{title}: {len(rows)} differences" if len(rows) > 1 else f"{title}: 1 difference"):
        first, second = _sides(chosen)
        table = pd.DataFrame(
            {
                "what": [_plain(name) for name, _, _ in rows],
                first: [_text(value) for _, value, _ in rows],
                second: [_text(value) for _, _, value in rows],
            }
        )
        with st.container(height=320 if len(rows) > LONG else "content", border=False):
            st.table(table.set_index("what"))


def _plain(name: str) -> str:
    parts = name.removeprefix("settings.").removeprefix("metrics.").split(".")
    return ", ".join(WORDS.get(part, part.replace("_", " ")) for part in parts)


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, str) and len(value) == HASH:
        return value[:12]
    return f"{value:.5g}" if isinstance(value, float) else markup.plain(str(value))
