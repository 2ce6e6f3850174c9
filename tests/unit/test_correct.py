"""Corrections are said once, with the right reason."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from core.correct import event_id, kind_of, reason_for, submit
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.store import EventKind, HigherRankReason, LabelEvent, Ledger, open_database
from tests.unit.store.test_ledger import photo, says, takes_back

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SHA = "a" * 64


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(open_database(f"sqlite:///{tmp_path / 'x.db'}"))
    ledger.add_photo(photo(), size=1, door="app", at=NOW)
    return ledger


def send(ledger: Ledger, event: LabelEvent) -> bool:
    return submit(ledger, event, received_at=NOW)


def test_an_offer_has_one_id_until_the_history_moves_on() -> None:
    assert event_id("s", SHA, "assert:lion", 0) == event_id("s", SHA, "assert:lion", 0)
    others = [("t", SHA, "assert:lion", 0), ("s", "b" * 64, "assert:lion", 0), ("s", SHA, "blank", 0)]
    ids = {
        event_id(*offer) for offer in [*others, ("s", SHA, "assert:lion", 1), ("s", SHA, "assert:lion", 0)]
    }
    assert len(ids) == 5


@pytest.mark.parametrize(
    ("taxon", "displayed", "kind"),
    [
        ("panthera-leo", "panthera-leo", EventKind.CONFIRM),
        ("panthera-leo", "panthera-pardus", EventKind.ASSERT),
        ("panthera-leo", None, EventKind.ASSERT),
        (None, "panthera-leo", EventKind.NOT_ANIMAL),
        (None, "blank", EventKind.NOT_ANIMAL),
    ],
)
def test_choosing_what_is_shown_confirms_it(
    taxon: str | None, displayed: str | None, kind: EventKind
) -> None:
    assert kind_of(taxon, displayed) is kind


@pytest.mark.parametrize(
    ("taxon", "best", "reason"),
    [
        ("panthera", "panthera-pardus", HigherRankReason.CANNOT_GO_FINER),
        ("felidae", "panthera-pardus", HigherRankReason.CANNOT_GO_FINER),
        ("canidae", "panthera-pardus", HigherRankReason.NOT_THE_SUGGESTED),
        ("panthera-leo", "panthera-pardus", HigherRankReason.NONE),
        (None, "panthera-pardus", HigherRankReason.NONE),
    ],
)
def test_why_a_label_stops_above_species(taxon: str | None, best: str, reason: HigherRankReason) -> None:
    taxonomy = load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")
    assert reason_for(taxon, best, taxonomy) is reason


def test_the_same_thing_is_not_said_twice_by_one_person(ledger: Ledger) -> None:
    assert send(ledger, says("panthera-leo"))
    assert not send(ledger, says("panthera-leo"))
    assert send(ledger, says("panthera-leo", by="bo"))
    assert len(ledger.history(SHA)) == 2


def test_after_undo_it_can_be_said_again(ledger: Ledger) -> None:
    first = says("panthera-leo")
    send(ledger, first)
    send(ledger, takes_back(first.id))
    assert ledger.current(SHA) is None
    assert send(ledger, says("panthera-leo"))


def test_a_change_of_mind_is_a_new_act(ledger: Ledger) -> None:
    send(ledger, says("panthera-leo"))
    assert send(ledger, says("panthera-pardus"))
    assert send(ledger, says("panthera-leo", id=uuid4()))
    assert [event.taxon for event in ledger.history(SHA)] == [
        "panthera-leo",
        "panthera-pardus",
        "panthera-leo",
    ]
