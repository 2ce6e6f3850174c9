"""One click says what it is; everything can be taken back; nothing is said twice."""

import pytest

from core.settings import ROOT
from core.store import EventKind, HigherRankReason
from tests.pages.screen import sha256

ZEBRA = sha256((ROOT / "assets" / "samples" / "zebra.jpg").read_bytes())


@pytest.fixture
def zebra(visit):
    return visit().click("sample_zebra.jpg")


def test_confirming_the_answer_is_one_event(zebra, ledger):
    zebra.click(zebra.key_of("Equus quagga"))
    (event,) = ledger.history(ZEBRA)
    assert (event.kind, event.taxon, event.reason) == (
        EventKind.CONFIRM, "equus-quagga", HigherRankReason.NONE,
    )  # fmt: skip
    assert event.annotator == "me"
    assert event.shown_taxon == "equus-quagga"
    assert event.shown_prediction == ledger.predictions(ZEBRA)[0].id
    assert event.displayed_at is not None
    assert event.displayed_at <= event.acted_at
    assert 'data-noted="equus-quagga"' in zebra.html("fm-noted")


def test_correcting_it_is_one_event_and_moves_the_card(zebra, ledger):
    label = zebra.choices()[1]
    zebra.click("choice_1")
    (event,) = ledger.history(ZEBRA)
    assert event.kind is EventKind.ASSERT
    name = label.split("**")[1]
    assert f"Noted: {name} ." in zebra.text("fm-noted")
    assert name in zebra.text("fm-card")
    assert "Equus quagga" in zebra.text("fm-answer"), "the answer stays what the model said"


def test_saying_it_again_changes_nothing(zebra, ledger):
    zebra.click("choice_1").click("choice_1").run()
    assert len(ledger.history(ZEBRA)) == 1


def test_the_same_message_twice_is_one_event(zebra, ledger, monkeypatch):
    """A double click arrives as the same act, offered at the same position of the history."""
    from pages._ui import correction

    submit = correction.submit

    def submit_twice(store, event, *, received_at):
        assert submit(store, event, received_at=received_at)
        store.append(event, received_at=received_at)
        return submit(store, event, received_at=received_at)

    monkeypatch.setattr(correction, "submit", submit_twice)
    zebra.click("choice_2")
    assert len(ledger.history(ZEBRA)) == 1


def test_undo_and_redo(zebra, ledger):
    zebra.click("choice_1")
    said = ledger.history(ZEBRA)[0]
    zebra.click("undo")
    assert ledger.current(ZEBRA) is None
    assert "Taken back" in zebra.text("fm-noted")
    assert zebra.at.button(key="undo").label == "Redo"
    assert "Plains Zebra" in zebra.text("fm-card"), "the card is the model's again"
    zebra.click("undo")
    assert ledger.current(ZEBRA).event == said.id
    assert zebra.at.button(key="undo").label == "Undo"
    zebra.click("undo").click("undo")
    assert ledger.current(ZEBRA).event == said.id
    assert [e.kind for e in ledger.history(ZEBRA)] == [EventKind.ASSERT] + [EventKind.UNDO] * 4


def test_undo_goes_back_to_what_stood_before(zebra, ledger):
    zebra.click("choice_1").click("choice_2").click("undo")
    assert ledger.current(ZEBRA).event == ledger.history(ZEBRA)[0].id


def test_saying_it_again_after_taking_it_back_counts(zebra, ledger):
    zebra.click("choice_1").click("undo").click("choice_1")
    assert len(ledger.standing(ZEBRA)) == 1
    assert len(ledger.history(ZEBRA)) == 3


def test_genus_only_says_why(zebra, ledger):
    zebra.click("choice_genus")
    (event,) = ledger.history(ZEBRA)
    assert (event.taxon, event.reason) == ("equus", HigherRankReason.CANNOT_GO_FINER)
    assert not zebra.html("fm-card")


def test_no_animal(zebra, ledger):
    zebra.click("choice_blank")
    (event,) = ledger.history(ZEBRA)
    assert (event.kind, event.taxon) == (EventKind.NOT_ANIMAL, None)
    assert "Noted: no animal ." in zebra.text("fm-noted")
    assert not zebra.html("fm-card")


def test_a_misspelt_name_is_found(zebra, ledger):
    zebra.search("lepard")
    assert any("**Leopard**" in label for label in zebra.choices(r"found_\d+"))
    zebra.click(zebra.key_of("**Leopard**"))
    (event,) = ledger.history(ZEBRA)
    assert (event.kind, event.taxon) == (EventKind.ASSERT, "panthera-pardus")
    assert "Panthera pardus" in zebra.html("fm-card")


def test_a_group_without_the_suggestion_rules_it_out(zebra, ledger):
    zebra.search("Felidae")
    zebra.click("choice_found_0")
    (event,) = ledger.history(ZEBRA)
    assert (event.taxon, event.reason) == ("felidae", HigherRankReason.NOT_THE_SUGGESTED)


def test_an_unknown_name_gets_advice(zebra):
    zebra.search("xyzzyqqq")
    assert not zebra.choices(r"found_\d+")
    assert any("No such name" in caption.value for caption in zebra.at.caption)


def test_candidates_at_another_rank(zebra):
    zebra.choose_rank("Family")
    assert "Equidae" in zebra.choices()[0]
    assert all("idae" in label for label in zebra.choices())


@pytest.mark.parametrize("count", [1, 12, 20])
def test_the_number_of_candidates_is_yours(zebra, count):
    assert len(zebra.choices()) == 5
    zebra.at.number_input(key="top_k").set_value(count)
    assert len(zebra.run().choices()) == count


def test_the_name_goes_into_the_history(zebra, ledger):
    zebra.type("annotator", "  Wanjiru ").click("choice_1")
    zebra.type("annotator", "Otieno").click("choice_2")
    assert [event.annotator for event in ledger.history(ZEBRA)] == ["Wanjiru", "Otieno"]
    assert "1 of 2 people agree" in zebra.text("fm-noted")
    assert any("History of this photo (2)" in e.label for e in zebra.at.expander)
    assert any("Wanjiru said" in m.value for m in zebra.at.markdown)


def test_a_name_is_no_markup(zebra):
    """Names come from people; a history is read by others."""
    zebra.type("annotator", "![x](https://example.org/x.png) <b>").click("choice_1")
    (line,) = [m.value for m in zebra.at.markdown if "said" in m.value]
    assert "![x](" not in line


def test_nobody_takes_back_what_others_said(zebra, ledger):
    zebra.type("annotator", "Wanjiru").click("choice_1").type("annotator", "Otieno")
    assert not zebra.has("undo")


def test_a_new_visit_knows_what_was_said(zebra, visit):
    zebra.click("choice_1")
    noted = zebra.html("fm-noted")
    assert visit().click("sample_zebra.jpg").html("fm-noted") == noted


def test_a_refusing_database_is_a_message(zebra, monkeypatch):
    from core.errors import StoreError
    from pages._ui import correction

    def refuse(*args, **kwargs):
        raise StoreError("the disk is full")

    monkeypatch.setattr(correction, "submit", refuse)
    zebra.click("choice_1")
    assert "Not saved: the disk is full" in zebra.at.toast[0].value
    assert not zebra.html("fm-noted")
