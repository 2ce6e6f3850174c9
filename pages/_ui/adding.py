"""Adding somebody else's model on screen: fetched while the page watches."""

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import BundleError, FieldmarkError
from pages._ui import services

if TYPE_CHECKING:
    from core.add import AddedModel

OFFERS = {
    "hf-hub:timm/convnext_large_mlp.laion2b_ft_augreg_inat21": "10,000 species of iNaturalist 2021, 0.8 GB; CC BY-NC: not for commercial use",
    "hf-hub:timm/eva02_large_patch14_clip_336.merged2b_ft_inat21": "the same species, more accurate, 1.3 GB, slow without a GPU; CC BY-NC: not for commercial use",
    "hf-hub:imageomics/bioclip": "zero-shot, 0.6 GB, MIT; knows the species that you name",
    "hf-hub:imageomics/bioclip-2": "zero-shot, better and larger, 1.7 GB, MIT",
}  # fmt: skip
EVERY = 0.3  # seconds between two looks at a running job


@dataclass(slots=True)
class _Job:
    """A model that is being added in a thread of its own; it goes on when the page is left."""

    source: str
    labels: str = ""
    thread: threading.Thread | None = None
    what: str = "starting"
    done: int = 0
    total: int = 0
    since: float = field(default_factory=time.monotonic)
    added: "AddedModel | None" = None
    problem: str | None = None
    cancelled: bool = False

    def cancel(self) -> None:
        """Stop at the next sign of progress."""
        self.cancelled = True

    def tell(self, what: str, done: int, total: int) -> None:
        """Take note of progress; called from the thread."""
        if self.cancelled:
            raise BundleError("cancelled")
        if what != self.what:
            self.since = time.monotonic()
        self.what, self.done, self.total = what, done, total

    def run(self, add: "Callable[..., AddedModel]") -> None:
        """Do the work; whatever happens ends up in `added` or `problem`."""
        try:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "labels.txt"
                file.write_text(self.labels, encoding="utf-8")
                self.added = add(self.source, labels=file if self.labels else None, on_progress=self.tell)
        except FieldmarkError as error:
            self.problem = (
                f"{self.source} was not added; what has come is kept" if self.cancelled else str(error)
            )
        except Exception as error:  # a defect of ours or of a library; the page must still say so
            self.problem = f"{self.source} made Fieldmark stumble: {error!r}"


@st.cache_resource(show_spinner=False)
def _jobs() -> dict[str, _Job]:
    return {}


def draw_adding() -> None:
    """Draw the form, and what became of it."""
    with st.expander("Add a model of other people", icon=":material/add:", expanded=bool(_jobs())):
        st.caption(
            "From the Hugging Face hub (hf-hub:owner/name) or from a folder or .onnx file on this machine: timm networks, "
            "open_clip models such as BioCLIP, ONNX with a list of labels. Labels are matched with the species that "
            "Fieldmark knows; nothing that is fetched is ever executed. An example:"
        )
        for source, text in OFFERS.items():
            st.markdown(f"`{source}`  \n:small[{text}]")
        with st.form("add_model", border=False):
            source = st.text_input("Address or path", key="add_source", placeholder="hf-hub:owner/name")
            named = st.text_area(
                "Labels, one a line", key="add_labels", height=90, placeholder="Panthera leo",
                help="For a zero-shot model the taxa that it shall know, by default all species; for others only where the "
                "model does not say what its outputs mean.",
            )  # fmt: skip
            if st.form_submit_button("Add", icon=":material/download:", key="add_go") and source.strip():
                _start(source.strip(), named.strip())
        _watch()
    if text := st.session_state.pop("added_model", None):
        st.success(text)


def _start(source: str, labels: str) -> None:
    if source in _jobs():
        return
    job = _jobs()[source] = _Job(source, labels)
    job.thread = threading.Thread(target=job.run, args=(services.model_adder(),), daemon=True)
    job.thread.start()


def _watch() -> None:
    """Follow what is under way, then say how it ended; a model that came shows in the list above."""
    for source, job in list(_jobs().items()):
        bar = st.progress(0.0, text=f"{source}: starting")
        button = st.empty()
        button.button("Cancel", key="add_cancel", on_click=job.cancel, disabled=job.cancelled)
        while job.thread is not None and job.thread.is_alive():
            bar.progress(
                min(1.0, job.done / job.total) if job.total else 0.0, text=f"{source}: {_state(job)}"
            )
            time.sleep(EVERY)
        bar.empty()
        button.empty()
        del _jobs()[source]
        if job.problem is not None:
            st.error(job.problem)
        elif job.added is not None:
            st.session_state["added_model"] = _report(job.added)
            st.rerun()


def _state(job: _Job) -> str:
    if not job.total:
        return job.what
    if job.what != "fetching":
        return f"{job.what}, {job.done:,} of {job.total:,}"
    pace = job.done / max(1e-9, time.monotonic() - job.since)
    left = f", about {(job.total - job.done) / pace:,.0f} s left" if pace else ""
    return f"{job.done / 1e6:,.0f} of {job.total / 1e6:,.0f} MB{left}"


def _report(added: "AddedModel") -> str:
    bundle = added.bundle
    text = f"**{bundle.name}** was added: {len(bundle.taxonomy.leaves)} species. Licence: {bundle.licence.rstrip('.')}."
    if added.unmatched:
        few = ", ".join(added.unmatched[:5]) + (", …" if len(added.unmatched) > 5 else "")
        text += f" {len(added.unmatched):,} of {len(added.matches):,} labels mean nothing to Fieldmark and count as “other”: {few}"
    return text
