"""The review surface alone, with what the queue rarely holds at once: events, a blind photo, a label, boxes, a flag.

`streamlit run tests/browser/stage.py` on a seeded data folder. Acts go the way of the app.
"""

import sys
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

ROOT = Path(__file__).parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from core.review.filters import FilterWords  # noqa: E402
from core.store import Box, Lane, Said, Unreviewed  # noqa: E402
from core.store.review import all_photos  # noqa: E402
from pages._ui import acts, giving, review_items, routes, services  # noqa: E402
from pages._ui.review_surface import SURFACE  # noqa: E402

BURSTS, BURST = 3, 5
ANNOTATOR = "Ada"

app = st.App(Path(__file__), routes=[*routes.ROUTES, *acts.ROUTES, *giving.ROUTES])


def items() -> list[dict]:
    """Return three events of five photos, one of which somebody labelled, a blind photo, one with a box, plain ones, a second look."""
    photos = [
        unreviewed(number, sha256) for number, sha256 in enumerate(all_photos(services.settings().database))
    ]
    lion, found = Said("panthera-leo", "Bo"), []
    for number in range(BURSTS):
        some = photos[number * BURST : (number + 1) * BURST]
        times = [Said(taken_at=f"2026-05-01T06:41:{index:02}") for index in range(BURST)]
        if number == 1:
            times[3] = replace(times[3], taxon="panthera-leo", by="Bo")
        members = [review_items.describe(one, said) for one, said in zip(some, times, strict=True)]
        found.append(review_items.of_event(f"event-{number}", members, members[0]["sha256"]))
    blind, boxed, *plain, last = photos[BURSTS * BURST :]
    found.append(review_items.describe(replace(blind, lane=Lane.GOLD)))
    found.append(review_items.describe(boxed, Said(boxes=(Box(0.25, 0.25, 0.5, 0.5),))))
    found += [review_items.describe(one, near=float(-index)) for index, one in enumerate(plain)]
    return [*found, review_items.describe(replace(last, lane=Lane.CONTRADICTED), lion, near=1.0)]


def unreviewed(number: int, sha256: str) -> Unreviewed:
    """Return a seeded photo with what the model said."""
    (said,) = services.ledger().predictions(sha256)
    return Unreviewed(sha256, said.id, said.displayed, said.top_k, f"{number:04}.jpg", Lane.UNSURE)


if get_script_run_ctx(suppress_warning=True) is not None:
    st.set_page_config(layout="wide")
    if "items" not in st.session_state:
        st.session_state["items"] = items()
    SURFACE(
        key="stage",
        data={
            "annotator": ANNOTATOR, "items": st.session_state["items"], "done": [], "total": 60, "labelled": 0,
            "acts": acts.address(ANNOTATOR), "next": giving.address(ANNOTATOR, FilterWords()), "taxa": routes.taxa_address(services.taxonomy()),
            "cards": routes.cards_address(services.taxonomy()), "root": services.taxonomy().root.id,
        },
    )  # fmt: skip
