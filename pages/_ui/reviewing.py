"""The review surface: what it is given, and what becomes of the acts that it sends."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.decision import percent
from core.errors import StoreError
from core.review import Lane, QueueItem, order_queue, parse_acts
from core.species.explore import THREATENED
from core.store import Unreviewed
from core.taxonomy import BLANK, Rank
from pages._ui import routes, services, state

PARTS = Path(__file__).with_name("review_component")
_REVIEW = st.components.v2.component(
    "fieldmark_review",
    html=(PARTS / "review.html").read_text(encoding="utf-8"),
    css=(PARTS / "review.css").read_text(encoding="utf-8"),
    js=(PARTS / "review.js").read_text(encoding="utf-8"),
)
KEY, SETTLED, GIVEN, QUEUE = "review", "review_settled", "review_given", "review_queue"
WINDOW = 600  # photos that the browser is given ahead
CHOICES = 5
UNDOABLE = 200  # acts of earlier visits that undo reaches
WHY = {
    Lane.THREATENED: "Here because the model names a threatened species: these are always looked at.",
    Lane.RARE: "Here because the model learnt this species from very few photos.",
    Lane.UNSURE: "Here because the model is unsure.",
    Lane.AUDIT: "Here by chance: only photos chosen by chance tell how often the model is right.",
    Lane.REST: "The model is sure about this one.",
}


@st.fragment
def draw() -> None:
    """Draw the surface; acts rerun only this."""
    annotator = state.annotator(services.settings().annotator)
    first = st.session_state.get(GIVEN) is None
    if first:
        st.session_state[GIVEN] = 0
        st.session_state[QUEUE] = _queue()
    labelled, total = services.review().progress()
    data = {
        "annotator": annotator,
        "items": _next_items(),
        "done": _earlier(annotator) if first else [],
        "settled": st.session_state.get(SETTLED, []),
        "labelled": labelled,
        "total": total,
        "taxa": routes.taxa_address(services.taxonomy()),
    }
    _REVIEW(
        data=data, key=KEY, on_pending_change=_store, on_more_change=_give_more, default={"pending": None}
    )


def start_over() -> None:
    """Give the queue anew: whoever comes to the page has an empty surface."""
    for name in (GIVEN, QUEUE):
        st.session_state.pop(name, None)


def _store() -> None:
    """Keep what the browser sent; what is kept, or can never be, is settled and will not be sent again."""
    message = st.session_state[KEY].get("pending") or {}
    annotator = state.annotator(services.settings().annotator)
    acts, refused = parse_acts(
        message.get("acts"),
        services.taxonomy(),
        annotator=annotator,
        session=str(message.get("session", ""))[:64],
    )
    try:
        unfit = services.ledger().append_all(acts, received_at=services.now())
    except StoreError as error:  # busy, full or gone: the browser keeps the acts and sends them again
        st.session_state[SETTLED] = list(refused)
        st.toast(f"Not saved yet: {error}")
        return
    refused |= {str(number): reason for number, reason in unfit.items()}
    settled = [*refused, *(str(act.id) for act in acts)]
    for reason in dict.fromkeys(refused.values()):
        st.toast(f"One act could not be kept: {reason}")
    st.session_state[SETTLED] = settled


def _give_more() -> None:
    st.session_state[QUEUE] = _queue()
    st.session_state[GIVEN] = 0


def _queue() -> list[QueueItem]:
    served = services.served_folder()
    bundles = [model.bundle for model in services.installed_models() if model.folder == served]
    learnt = bundles[0].training.get("photos_per_class", {}) if bundles and bundles[0] else {}
    threatened = frozenset(card.taxon for card in services.cards().values() if card.iucn in THREATENED)
    return order_queue(services.review().unreviewed(), threatened=threatened, learnt_from=learnt)


def _next_items() -> list[dict[str, Any]]:
    """Return the photos that the browser does not have yet; it puts them behind those that it has."""
    queue: list[QueueItem] = st.session_state[QUEUE]
    given = st.session_state[GIVEN]
    st.session_state[GIVEN] = min(len(queue), given + WINDOW) if given == 0 else given
    return [_describe(item) for item in queue[given : st.session_state[GIVEN]]]


def _describe(item: QueueItem) -> dict[str, Any]:
    tree, photo = services.taxonomy(), item.photo
    choices = [
        {
            "id": name, "name": tree.get(name).display_name, "scientific": tree.get(name).scientific_name,
            "p": percent(chance),
        }
        for name, chance in photo.top_k[:CHOICES]
        if name in tree
    ]  # fmt: skip
    best = choices[0]["id"] if choices else None
    genus = tree.ancestor(best, Rank.GENUS) if best else None
    if photo.displayed == BLANK:
        sentence = "No animal to be seen"
    elif photo.displayed in tree:
        sentence = tree.get(str(photo.displayed)).display_name
    else:
        sentence = "Fieldmark cannot say"
    return {
        "sha256": photo.sha256, "name": photo.name, "prediction": photo.prediction,
        "shown": photo.displayed if photo.displayed == BLANK or photo.displayed in tree else None,
        "sentence": sentence, "choices": choices, "genus": genus.id if genus else None, "why": WHY[item.lane],
        "full": routes.photo_address(photo.sha256, "full"), "thumb": routes.photo_address(photo.sha256, "thumb"),
        "sure": photo.top_k[0][1] if photo.top_k else 0.0,
    }  # fmt: skip


def _earlier(annotator: str) -> list[dict[str, Any]]:
    """Return the acts that undo may take back, oldest first, each with its photo."""
    found = []
    for act in services.review().last_acts(annotator, UNDOABLE):
        if str(act.event) in {str(event.id) for event in services.ledger().standing(act.sha256)}:
            found.append({"id": act.event, "sha256": act.sha256, "item": _of_before(act.sha256)})
    return found


def _of_before(sha256: str) -> dict[str, Any] | None:
    """Return a labelled photo as an item, to show it again after an undo."""
    known = services.ledger().predictions(sha256)
    if not known:
        return None
    last = known[-1]
    photo = Unreviewed(sha256, last.id, last.displayed, last.top_k, "")
    return _describe(QueueItem(photo, Lane.REST, 0.0))
