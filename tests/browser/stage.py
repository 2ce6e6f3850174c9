"""The review surface alone, with what the queue rarely holds at once: events, a blind photo, a label, boxes, a flag.

`streamlit run tests/browser/stage.py` on a seeded data folder. Acts go the way of the app: through `parse_acts` into the ledger.
"""

import sys
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

ROOT = Path(__file__).parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from core.review import Lane, QueueItem, parse_acts  # noqa: E402
from pages._ui import review_items, routes, services  # noqa: E402
from pages._ui.review_surface import SURFACE  # noqa: E402

BURSTS, BURST = 3, 5
ANNOTATOR, SETTLED = "Ada", "settled"

app = st.App(Path(__file__), routes=routes.ROUTES)


def store() -> None:
    """Keep what was sent, as the review page does."""
    message = st.session_state["stage"].get("pending") or {}
    acts, refused = parse_acts(message.get("acts"), services.taxonomy(), annotator=ANNOTATOR, session="stage")
    refused |= {
        str(number): why
        for number, why in services.ledger().append_all(acts, received_at=services.now()).items()
    }
    if refused:
        st.error(f"Refused: {refused}")
    st.session_state[SETTLED] = [*refused, *(str(act.id) for act in acts)]


def items() -> list[dict]:
    """Return three events of five photos, one of which somebody labelled, a blind photo, one with a box, plain ones, and a labelled one."""
    photos = sorted(services.review().unreviewed(), key=lambda photo: photo.name)
    plain = [QueueItem(photo, Lane.UNSURE, 0.0) for photo in photos]
    found = []
    for number in range(BURSTS):
        some = plain[number * BURST : (number + 1) * BURST]
        members = [review_items.describe(one, taken=f"06:41:{index:02}") for index, one in enumerate(some)]
        if number == 1:
            members[3]["label"] = {"taxon": "panthera-leo", "name": "Lion", "by": "Bo"}
        found.append(review_items.of_event(f"event-{number}", members, members[0]["sha256"]))
    rest = plain[BURSTS * BURST :]
    found.append(review_items.describe(rest[0], blind=True))
    found.append(review_items.describe(rest[1], boxes=[{"x": 0.25, "y": 0.25, "w": 0.5, "h": 0.5}]))
    found += [review_items.describe(one, near=float(-index)) for index, one in enumerate(rest[2:-1])]
    lion = {"taxon": "panthera-leo", "name": "Lion", "by": "Bo"}
    return [*found, review_items.describe(rest[-1], label=lion, near=1.0)]


if get_script_run_ctx(suppress_warning=True) is not None:
    st.set_page_config(layout="wide")
    if "items" not in st.session_state:
        st.session_state["items"] = items()
    SURFACE(
        key="stage", on_pending_change=store, on_more_change=lambda: None, default={"pending": None},
        data={
            "annotator": ANNOTATOR, "items": st.session_state["items"], "done": [], "total": 60, "labelled": 0,
            "settled": st.session_state.get(SETTLED, []), "taxa": routes.taxa_address(services.taxonomy()),
            "cards": routes.cards_address(services.taxonomy()), "root": services.taxonomy().root.id,
        },
    )  # fmt: skip
