"""Labels to and from other programs, on the page."""

import tempfile
from pathlib import Path

import streamlit as st

from core.errors import FormatError, StoreError
from core.formats.exchange import Places, exchange_photo
from core.formats.label_formats import FORMATS, format_named, read_labels
from core.formats.label_import import LabelImport, action_of, plan_import, retract
from pages._ui import services

FEW = 5
TITLES = {"csv": "Table (CSV)", "coco": "COCO Camera Traps", "label-studio": "Label Studio"}
SUFFIX = {"csv": "csv", "coco": "json", "label-studio": "json"}
PLACES = {
    Places.NONE: "without places",
    Places.ROUGH: "with rough places (1 km, 55 km for threatened species)",
}


def draw(annotator: str) -> None:
    """Draw the way out and the way in."""
    with st.expander("Labels to and from other programs", key="label_exchange"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.selectbox("Format", list(FORMATS), format_func=lambda one: TITLES[one])
            places = st.selectbox("Places", list(PLACES), format_func=lambda one: PLACES[one])
            st.download_button(
                "Download all labels", lambda: _written(str(name), Places(places)),
                file_name=f"fieldmark-labels.{SUFFIX[str(name)]}", mime="application/octet-stream",
            )  # fmt: skip
        file = st.file_uploader("Add labels from a file", type=["csv", "json"], key="label_file")
        if file is not None:
            _draw_import(file.name, file.getvalue(), annotator)


def _written(name: str, places: Places) -> bytes:
    iucn = {taxon: card.iucn for taxon, card in services.cards().items()}
    photos = [exchange_photo(record, places=places, iucn=iucn) for record in services.labelled().all()]
    return format_named(name).write(photos, services.taxonomy()).encode()


def _draw_import(name: str, content: bytes, annotator: str) -> None:
    try:
        plan = _plan(name, content, annotator)
    except FormatError as error:
        st.error(str(error))
        return
    for problem in plan.problems[:FEW]:
        st.warning(problem)
    if len(plan.problems) > FEW:
        st.caption(f"... and {len(plan.problems) - FEW} more problems")
    there = services.labelled().of_action(plan.action)
    new = len(plan.acts) - len(there)
    st.markdown(
        f"**{new}** new labels, {plan.known + len(there)} there already, {len(plan.problems)} problems."
    )
    with st.container(horizontal=True):
        if new > 0:
            st.button(
                "Add them" if not plan.problems else "Add them without the problems",
                type="primary", on_click=_add, args=(plan,),
            )  # fmt: skip
        if there:
            st.button("Take back what came from this file", on_click=_take_back, args=(plan, annotator))


def _plan(name: str, content: bytes, annotator: str) -> LabelImport:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        reading = read_labels(path, services.taxonomy())
    known, ledger = services.labelled(), services.ledger()
    return plan_import(
        reading, action=action_of(content), hashes=known.hashes(), by_name=known.hashes_by_name(),
        history=ledger.history, standing=ledger.standing, annotator=annotator, at=services.now(),
    )  # fmt: skip


def _add(plan: LabelImport) -> None:
    try:
        refused = services.ledger().append_all(plan.acts, received_at=services.now())
    except StoreError as error:
        st.toast(f"Nothing was added: {error}")
        return
    for reason in list(refused.values())[:FEW]:
        st.toast(reason)


def _take_back(plan: LabelImport, annotator: str) -> None:
    acts = services.labelled().of_action(plan.action)
    try:
        services.ledger().append_all(
            retract(acts, annotator=annotator, at=services.now()), received_at=services.now()
        )
    except StoreError as error:
        st.toast(f"Nothing was taken back: {error}")
