"""What came of a training: better, worse, on what it was judged; let it answer, or not."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import FieldmarkError
from core.store import Job, JobState
from core.store.jobs import OPEN
from pages._ui import charts, markup, services, serving, training_services
from pages._ui.wording import answer_name, photos

MOST_BARS = 24
LISTED = 200
NARROW = "\N{NO-BREAK SPACE}"  # a phone must not tear a figure from its unit
ORIGIN = {
    "memory": "that the old model had kept of those it was first judged on",
    "held out": "of yours, with whose help it was decided how far to learn",
    "test": "of yours that nothing was decided with",
}


def draw(jobs: Sequence[Job]) -> None:
    """Draw the result of the newest training that came to an end, with what may be done about it."""
    done = [job for job in jobs if job.state is JobState.DONE and job.result]
    if not done or (jobs and jobs[-1].state in OPEN):
        return
    result = done[-1].result
    assert result is not None
    st.header("What came of it", anchor=False)
    (st.success if result["passes"] else st.warning)(str(result["sentence"]))
    _draw_decision(result)
    left, right = st.columns(2)
    with left:
        _draw_figures(result)
    with right:
        changed = [one for one in result["classes"] if one["old"] != one["new"]]
        if changed:
            charts.draw_changes(
                sorted(changed, key=lambda one: -abs(one["new"] - one["old"]) / one["photos"])[:MOST_BARS]
            )
        if len(done[-1].curve) > 1:
            charts.draw_learning(done[-1].curve)
    with st.expander("How it was made", key="how_made"):
        reasons = [*result["reasons"], f"{photos(result['train'])} learnt from, in {result['seconds']:.0f} s"]
        st.html("<ul>" + "".join(f"<li>{reason}.</li>" for reason in map(_plain, reasons)) + "</ul>")
        st.caption(f"Dataset {result['manifest'][:12]}, model {result['label']}, made from {result['base']}.")


def _plain(text: str) -> str:
    from html import escape

    return escape(text[:1].upper() + text[1:].rstrip("."))


def _draw_decision(result: Mapping[str, Any]) -> None:
    name = result["model"]
    installed = {model.name: model for model in services.installed_models()}
    if name not in installed or installed[name].bundle is None:
        st.error(f"The model {name} is gone or damaged and cannot answer.")
        return
    if services.served_folder().name == name:
        st.markdown(":green-badge[This model answers now]")
    else:
        allowed = serving.may_promote() and not services.settings().model_is_fixed
        decision = training_services.declined().standing(name)
        with st.container(horizontal=True):
            st.button(
                "Promote: let it answer" if result["passes"] else "Let it answer all the same", key="promote",
                type="primary" if result["passes"] else "secondary", on_click=_promote, args=(name,), disabled=not allowed,
            )  # fmt: skip
            if decision is None:
                with st.popover("Keep the old one", key="keep_menu", disabled=not allowed):
                    st.text_input("Why, if you like", key="keep_why", max_chars=500)
                    st.button("Keep the old one", key="keep_old", on_click=_keep, args=(name,))
        if not allowed:
            st.caption("Which model answers is decided by a manager, or fixed by FIELDMARK_MODEL.")
        if decision is not None:
            why = f": {decision.why}" if decision.why else "."
            said = f"The old model goes on answering. So decided {decision.by}, {decision.at:%Y-%m-%d %H:%M} UTC{why}"
            st.info(markup.plain(said))
            st.button(
                "Take that back", key="keep_undo", icon=":material/undo:", on_click=_keep, args=(name,),
                kwargs={"withdrawn": True}, disabled=not allowed,
            )  # fmt: skip
    if problem := st.session_state.pop("promote_problem", None):
        st.error(problem)
    _draw_flips(result)


def _draw_flips(result: Mapping[str, Any]) -> None:
    """Draw the photos that the new model answers differently, and the way to look at them."""
    if not result["flips"]:
        return
    bundle = next((m.bundle for m in services.installed_models() if m.name == result["model"]), None)
    found = training_services.models().flips(bundle.weights_sha256) if bundle else []
    tree = services.taxonomy()
    others = result.get("looked_at_unlabelled", 0)
    which = f" ({others:,} of them without a label)" if others else ""
    title = f"It answers {result['flips']:,} of {photos(result['looked_at'])}{which} differently"
    with st.expander(title, key="flips"):
        with st.container(height=260 if len(found) > 5 else "content", border=False):
            st.table(
                pd.DataFrame(
                    {
                        "photo": [
                            markup.plain(name)
                            for name in training_services.names([one.sha256 for one in found[:LISTED]])
                        ],
                        "before": [answer_name(one.old_taxon, tree) for one in found[:LISTED]],
                        "now": [answer_name(one.new_taxon, tree) for one in found[:LISTED]],
                    }
                ).set_index("photo")
            )
        if len(found) > LISTED:
            st.caption(f"These are the first {LISTED}; the Review page shows all of them.")
        if bundle:
            st.button(
                "Look at them on the Review page", key="ask_flips", icon=":material/visibility:", on_click=_ask,
                args=(bundle.weights_sha256,),
            )  # fmt: skip
    if asked := st.session_state.pop("asked_flips", None):
        st.info(f"Now first on the Review page: {photos(asked)}.")


def _ask(model_sha256: str) -> None:
    try:
        st.session_state["asked_flips"] = training_services.ask_about_flips(model_sha256)
    except FieldmarkError as error:
        st.session_state["promote_problem"] = str(error)


def _draw_figures(result: Mapping[str, Any]) -> None:
    rows = {one["name"]: _cells(one["old"], one["new"], one["low"], one["high"]) for one in result["changes"]}
    rows["corrections learnt from that are right"] = (
        *(f"{result[key]}{NARROW}of{NARROW}{result['learnt']}" for key in ("right_before", "right_after")), "",
    )  # fmt: skip
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=["before", "after", "change"]))
    told = [f"{photos(n)} {ORIGIN[kind]}" for kind, n in result["judged_on"].items()]
    st.caption(
        f"Judged on {'; '.join(told)}. It learnt from none of them. Macro-F1 and balanced accuracy let all species count alike. "
        "In brackets: 95 % intervals, drawing whole groups of photos."
    )


def _cells(old: float, new: float, low: float, high: float) -> tuple[str, str, str]:
    change = f"{100 * (new - old):+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
    return f"{100 * old:.1f}{NARROW}%", f"{100 * new:.1f}{NARROW}%", change


def _promote(name: str) -> None:
    try:
        serving.activate_model(name)
    except FieldmarkError as error:
        st.session_state["promote_problem"] = str(error)


def _keep(name: str, *, withdrawn: bool = False) -> None:
    try:
        serving.decline_model(name, st.session_state.get("keep_why") or "", withdrawn=withdrawn)
    except FieldmarkError as error:
        st.session_state["promote_problem"] = str(error)
