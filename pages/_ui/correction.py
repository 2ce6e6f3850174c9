"""Say what it is: one click a candidate, a search over all taxa, and undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from uuid import UUID

import streamlit as st

from core.correct import event_id, kind_of, reason_for, submit
from core.decision import percent
from core.errors import StoreError
from core.formats.provenance import told
from core.store import EventKind, HigherRankReason, LabelEvent
from core.store.ledger import displayed_taxon
from core.taxonomy import Rank, Taxon, Taxonomy
from pages._ui import services, state, training_services, who
from pages._ui.answer import RANKS
from pages._ui.markup import plain
from pages._ui.state import Seen
from pages._ui.wording import taxon_name

TOP_K = "top_k"
SEARCH_LIMIT = 6


VERBS = {
    EventKind.ASSERT: "said",
    EventKind.CONFIRM: "confirmed",
    EventKind.NOT_ANIMAL: "said",
    EventKind.UNDO: "took back what was said before",
    EventKind.SKIP: "left it for later",
    EventKind.FLAG: "flagged it",
    EventKind.PERSON: "saw a person",
    EventKind.NOTE: "commented",
    EventKind.BOXES: "drew where the animals are",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Where the history of a photo stood when a button was drawn.

    What was offered before an undo is not taken after it: the buttons of another photo or after an undo are others (their
    keys differ, so that Streamlit drops a late click), and a click that arrives together with the undo is refused.
    """

    sha256: str
    position: int
    undos: int

    @classmethod
    def of(cls, sha256: str, history: Sequence[LabelEvent]) -> "Offer":
        """Return where a history stands."""
        return cls(sha256, len(history), sum(event.kind is EventKind.UNDO for event in history))

    def key(self, place: str) -> str:
        """Return the key of the button at a place of the screen."""
        return f"choice_{place}_{self.sha256[:8]}_{self.undos}"


def draw_correction(seen: Seen) -> None:
    """Draw the choices for one photo."""
    sha256 = seen.identification.sha256
    if sha256 is None or seen.identification.distribution is None:
        return
    history = services.ledger().history(sha256)
    if who.annotator() is None:
        who.draw_sign_in("/", "To correct this, say who you are.")
        _draw_history(seen, history)
        return
    _draw_current(seen, history)
    st.markdown("**Which is it?** One click confirms or corrects.")
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    rank = RANKS[left.selectbox("At the rank of", list(RANKS), key=f"rank_{sha256}")]
    count = right.number_input("Candidates", 1, 20, 5, key=TOP_K)
    offer = Offer.of(sha256, history)
    for place, candidate in enumerate(seen.identification.distribution.top(int(count), rank)):
        _choice(seen, candidate.taxon, offer, f"{place}", percent(candidate.probability))
    _draw_other_answers(seen, offer)
    _draw_search(seen, offer)
    _draw_history(seen, history)


def _draw_current(seen: Seen, history: list[LabelEvent]) -> None:
    current = services.ledger().current(str(seen.identification.sha256))
    if current is None:
        if history:
            st.html('<p class="fm-noted">Taken back. Nobody’s answer stands for this photo.</p>')
            _undo_button(seen, history, "Redo")
        return
    name = "no animal" if current.taxon is None else taxon_name(current.taxon, *_trees(seen))
    with st.container(horizontal=True, vertical_alignment="center"):
        agreed = f", {current.votes} of {current.voters} people agree" if current.voters > 1 else ""
        st.html(
            f'<p class="fm-noted" data-noted="{escape(current.taxon or "blank")}">'
            f"Noted: <b>{escape(name)}</b>{agreed}.</p>"
        )
        _undo_button(seen, history, "Undo")


def _trees(seen: Seen) -> list[Taxonomy]:
    """Return where names are looked up: ours, then the model's, which may know taxa that ours does not."""
    found = seen.identification.distribution
    return [services.taxonomy(), *([found.taxonomy] if found else [])]


def _undo_button(seen: Seen, history: list[LabelEvent], label: str) -> None:
    me = who.annotator() or ""
    if label == "Undo":
        target = services.ledger().undoable(str(seen.identification.sha256), me)
    else:
        mine = [event for event in history if event.annotator == me and event.kind is EventKind.UNDO]
        target = mine[-1] if mine else None
    if target is not None:
        st.button(
            label,
            key="undo",
            on_click=_submit,
            args=(
                seen,
                EventKind.UNDO,
                None,
                HigherRankReason.NONE,
                Offer.of(target.sha256, history),
                target.id,
            ),
        )


def _choice(seen: Seen, taxon: Taxon, offer: Offer, place: str, note: str) -> None:
    displayed = displayed_taxon(seen.identification.answer) if seen.identification.answer else None
    best = seen.identification.answer.candidates[0].taxon.id if seen.identification.answer else None
    reason = reason_for(taxon.id, best, services.taxonomy())
    known = services.taxonomy().get(taxon.id) if taxon.id in services.taxonomy() else taxon
    scientific = f"*{known.scientific_name}*" if known.rank >= Rank.GENUS else known.scientific_name
    st.button(
        f"**{known.display_name}** {scientific} · {note}",
        key=offer.key(f"{place}_{taxon.id}"),
        width="stretch",
        type="primary" if taxon.id == displayed else "secondary",
        on_click=_submit,
        args=(seen, kind_of(taxon.id, displayed), taxon.id, reason, offer),
    )


def _draw_other_answers(seen: Seen, offer: Offer) -> None:
    answer = seen.identification.answer
    if answer is None:
        return
    displayed = displayed_taxon(answer)
    genus = next((c.taxon for c in answer.ladder if c.taxon.rank is Rank.GENUS), None)
    with st.container(horizontal=True):
        if genus is not None:
            st.button(
                f"Genus only: *{genus.scientific_name}*",
                key=offer.key("genus"),
                help="The genus is right, the photo does not show which species.",
                on_click=_submit,
                args=(
                    seen,
                    kind_of(genus.id, displayed),
                    genus.id,
                    HigherRankReason.CANNOT_GO_FINER,
                    offer,
                ),
            )
        st.button(
            "No animal",
            key=offer.key("blank"),
            on_click=_submit,
            args=(seen, EventKind.NOT_ANIMAL, None, HigherRankReason.NONE, offer),
        )


def _draw_search(seen: Seen, offer: Offer) -> None:
    query = st.text_input(
        "Something else",
        key=f"search_{seen.identification.sha256}",
        placeholder="Any name, any rank: lion, Felidae, chui …",
        live=True,
    )
    if not query:
        return
    hits = services.search().find(query, limit=SEARCH_LIMIT)
    for place, hit in enumerate(hits):
        _choice(seen, hit.taxon, offer, f"found_{place}", hit.taxon.rank.label)
    if not hits:
        st.caption("No such name among the taxa that Fieldmark knows. Try a group, such as “bird”.")


def _draw_history(seen: Seen, history: list[LabelEvent]) -> None:
    if not history:
        return
    with st.expander(f"History of this photo ({len(history)})"):
        for event in reversed(history):
            what = "no animal" if event.kind is EventKind.NOT_ANIMAL else ""
            if event.taxon is not None:
                what = taxon_name(event.taxon, *_trees(seen))
            when = event.acted_at.strftime("%Y-%m-%d %H:%M UTC")
            st.markdown(
                f"{when} · {plain(event.annotator)} {VERBS[event.kind]} **{plain(what)}**".replace(
                    " ****", ""
                )
            )
        for line in told(training_services.datasets().provenance(str(seen.identification.sha256))):
            st.caption(plain(line[:1].upper() + line[1:] + "."))


def _submit(
    seen: Seen,
    kind: EventKind,
    taxon: str | None,
    reason: HigherRankReason,
    offer: Offer,
    undoes: UUID | None = None,
) -> None:
    """Append the act; it carries the photo that it was offered for, whatever is on screen by now."""
    sha256 = str(seen.identification.sha256)
    answer = seen.identification.answer
    annotator = who.annotator()
    if annotator is None:
        st.toast("Not saved: sign in again.", icon="⚠️")
        return
    if undoes is None and Offer.of(sha256, services.ledger().history(sha256)).undos != offer.undos:
        st.toast("Not taken: it was on screen before the undo. Say it again.", icon="⚠️")
        return
    event = LabelEvent(
        id=event_id(state.session_id(), sha256, f"{kind}:{taxon}:{reason}:{undoes}", offer.position),
        sha256=sha256,
        kind=kind,
        annotator=annotator,
        acted_at=services.now(),
        taxon=taxon,
        reason=reason,
        shown_prediction=seen.prediction,
        shown_taxon=displayed_taxon(answer) if answer else None,
        displayed_at=seen.displayed_at,
        session=state.session_id(),
        undoes=undoes,
    )
    try:
        submit(services.ledger(), event, received_at=services.now())
    except StoreError as error:
        st.toast(f"Not saved: {error}", icon="⚠️")
