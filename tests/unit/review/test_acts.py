"""What a browser sends, honest or not."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.review.acts import parse_acts, to_event
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.store import EventKind, HigherRankReason

TREE = load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")


def message(**change: object) -> dict[str, object]:
    return {
        "id": str(uuid4()), "sha256": "a" * 64, "kind": "assert", "taxon": "panthera-leo", "reason": "none",
        "prediction": 7, "shown": "panthera-pardus", "displayed_at": "2026-11-21T08:00:00.000Z",
        "acted_at": "2026-11-21T08:00:01.250Z", **change,
    }  # fmt: skip


def test_an_act_becomes_an_event_with_all_that_was_on_screen() -> None:
    sent = message()
    (act,), refused = parse_acts([sent], TREE)
    assert not refused
    event = to_event(act, annotator="ada", session="s")
    assert event.id == UUID(str(sent["id"]))
    assert (event.sha256, event.kind, event.taxon) == ("a" * 64, EventKind.ASSERT, "panthera-leo")
    assert (event.shown_prediction, event.shown_taxon, event.annotator) == (7, "panthera-pardus", "ada")
    assert event.displayed_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert event.acted_at > event.displayed_at
    assert event.reason is HigherRankReason.NONE


def test_undo_and_no_animal_name_no_taxon() -> None:
    undone = str(uuid4())
    acts, refused = parse_acts(
        [message(kind="not_animal", taxon=None), message(kind="undo", taxon=None, undoes=undone)], TREE
    )
    assert [act.kind for act in acts] == [EventKind.NOT_ANIMAL, EventKind.UNDO]
    assert acts[1].undoes == UUID(undone)
    assert not refused


@pytest.mark.parametrize(
    "change",
    [
        {"taxon": "unicorn"}, {"taxon": None}, {"taxon": ["panthera-leo"]}, {"kind": "explode"}, {"kind": "undo"},
        {"kind": "not_animal"}, {"undoes": str(uuid4())}, {"sha256": "../../etc/passwd"}, {"sha256": 5},
        {"acted_at": None}, {"acted_at": "yesterday"}, {"acted_at": "2026-11-21T08:00:00"}, {"prediction": "x"},
        {"reason": "because"}, {"displayed_at": 5},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_its_id_and_the_rest_is_kept(change: dict[str, object]) -> None:
    good, bad = message(), message(**change)
    acts, refused = parse_acts([bad, good], TREE)
    assert [str(act.id) for act in acts] == [good["id"]]
    assert list(refused) == [bad["id"]]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_rubbish_never_raises(rubbish: object) -> None:
    assert parse_acts(rubbish, TREE)[0] == []
