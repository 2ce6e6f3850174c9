"""What a browser sends, honest or not."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.review.acts import parse_acts
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.store import Box, Certainty, Details, EventKind, HigherRankReason, LabelEvent, LifeStage, Sex

TREE = load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")


def read(messages: object) -> tuple[list[LabelEvent], dict[str, str]]:
    return parse_acts(messages, TREE, annotator="ada", session="s")


def message(**change: object) -> dict[str, object]:
    return {
        "id": str(uuid4()), "sha256": "a" * 64, "kind": "assert", "taxon": "panthera-leo", "reason": "none",
        "prediction": 7, "shown": "panthera-pardus", "displayed_at": "2026-11-21T08:00:00.000Z",
        "acted_at": "2026-11-21T08:00:01.250Z", **change,
    }  # fmt: skip


def test_an_act_becomes_an_event_with_all_that_was_on_screen() -> None:
    sent = message()
    (event,), refused = read([sent])
    assert not refused
    assert event.id == UUID(str(sent["id"]))
    assert (event.sha256, event.kind, event.taxon) == ("a" * 64, EventKind.ASSERT, "panthera-leo")
    assert (event.shown_prediction, event.shown_taxon, event.annotator) == (7, "panthera-pardus", "ada")
    assert event.displayed_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert event.acted_at > event.displayed_at
    assert event.reason is HigherRankReason.NONE


def test_undo_and_no_animal_name_no_taxon() -> None:
    undone = str(uuid4())
    acts, refused = read(
        [message(kind="not_animal", taxon=None), message(kind="undo", taxon=None, undoes=undone)]
    )
    assert [act.kind for act in acts] == [EventKind.NOT_ANIMAL, EventKind.UNDO]
    assert acts[1].undoes == UUID(undone)
    assert not refused


def test_details_and_boxes_come_along() -> None:
    action, subject = uuid4(), uuid4()
    said = {
        "certainty": "sure",
        "count": 2,
        "sex": "male",
        "life_stage": "juvenile",
        "behaviour": " running ",
    }
    box = {"x": 0.1, "y": 0.2, "w": 0.9, "h": 0.3}
    (label, boxes), refused = read(
        [
            message(
                **said, action=str(action), subject=str(subject), lane="audit", blind=True, comment="wet"
            ),
            message(kind="boxes", taxon=None, boxes=[box]),
        ]
    )
    assert not refused
    assert label.details == Details(Certainty.SURE, 2, Sex.MALE, LifeStage.JUVENILE, "running")
    assert (label.action, label.subject, label.lane, label.blind, label.comment) == (
        action, subject, "audit", True, "wet",
    )  # fmt: skip
    assert boxes.boxes == (Box(**box),)


@pytest.mark.parametrize(
    "change",
    [
        {"taxon": "unicorn"}, {"taxon": None}, {"taxon": ["panthera-leo"]}, {"kind": "explode"}, {"kind": "undo"},
        {"kind": "not_animal"}, {"undoes": str(uuid4())}, {"sha256": "../../etc/passwd"}, {"sha256": 5},
        {"acted_at": None}, {"acted_at": "yesterday"}, {"acted_at": "2026-11-21T08:00:00"}, {"prediction": "x"},
        {"reason": "because"}, {"displayed_at": 5}, {"count": 0}, {"count": 1.5}, {"count": "3"}, {"sex": "cow"},
        {"life_stage": 5}, {"certainty": "very"}, {"subject": "other"}, {"action": 5}, {"comment": ["a"]},
        {"kind": "boxes"}, {"kind": "boxes", "taxon": None}, {"kind": "boxes", "taxon": None, "boxes": 5},
        {"kind": "boxes", "taxon": None, "boxes": [{"x": 0.5, "y": 0.5, "w": 0.6, "h": 0.1}]},
        {"kind": "boxes", "taxon": None, "boxes": [{"x": 0.5, "y": 0.5, "w": 0.0, "h": 0.1}]},
        {"kind": "boxes", "taxon": None, "boxes": [{"x": float("nan"), "y": 0.5, "w": 0.1, "h": 0.1}]},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_its_id_and_the_rest_is_kept(change: dict[str, object]) -> None:
    good, bad = message(), message(**change)
    acts, refused = read([bad, good])
    assert [str(act.id) for act in acts] == [good["id"]]
    assert list(refused) == [bad["id"]]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_rubbish_never_raises(rubbish: object) -> None:
    assert read(rubbish)[0] == []
