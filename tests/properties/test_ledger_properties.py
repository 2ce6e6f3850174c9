"""What holds for every history: acts by several people, undone, redone and sent again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.media import Capture, Photo
from core.store import CurrentLabel, EventKind, LabelEvent, Ledger, open_database
from core.store.fold import Act, fold

START = datetime(2026, 5, 1, tzinfo=UTC)
PEOPLE = ("ada", "bo", "cy")
TAXA = ("panthera-leo", "felidae", None)

# A step says something, takes an earlier act back, or sends an earlier act again.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(PEOPLE), st.sampled_from(TAXA)),
        st.tuples(st.just("undo"), st.sampled_from(PEOPLE), st.integers(0, 30)),
        st.tuples(st.just("resend"), st.sampled_from(PEOPLE), st.integers(0, 30)),
    ),
    max_size=12,
)
FAST = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    engine = open_database("sqlite://")  # in memory; every example has a photo of its own
    yield Ledger(engine)
    engine.dispose()


def new_photo(ledger: Ledger) -> str:
    sha256 = uuid4().hex * 2
    photo = Photo("a.jpg", sha256, Image.new("RGB", (1, 1)), 4, 3, "JPEG", Capture())
    ledger.add_photo(photo, size=1, door="app", at=START)
    return sha256


def play(ledger: Ledger, sha256: str, steps: list[tuple[str, str, object]]) -> list[LabelEvent]:
    """Take the steps and return the acts that should be in the history."""
    sent: list[LabelEvent] = []
    for number, (verb, person, what) in enumerate(steps):
        at = START + timedelta(seconds=number)
        if verb == "say":
            kind = EventKind.NOT_ANIMAL if what is None else EventKind.ASSERT
            event = LabelEvent(uuid4(), sha256, kind, person, at, taxon=what)  # type: ignore[arg-type]
        elif not sent:
            continue
        elif verb == "undo":
            target = sent[what % len(sent)]  # type: ignore[operator]
            event = LabelEvent(uuid4(), sha256, EventKind.UNDO, person, at, undoes=target.id)
        else:
            # Not even another author or time changes an act that is stored.
            again = replace(sent[what % len(sent)], annotator=person, acted_at=at)  # type: ignore[operator]
            assert ledger.append(again, received_at=at) is False
            continue
        assert ledger.append(event, received_at=at) is True
        sent.append(event)
    return sent


def standing(history: list[LabelEvent]) -> list[LabelEvent]:
    """The rule in its plainest words: an act stands unless an undo of it stands."""

    def stands(event: LabelEvent) -> bool:
        return not any(stands(other) for other in history if other.undoes == event.id)

    return [event for event in history if event.kind is not EventKind.UNDO and stands(event)]


def meaning(label: CurrentLabel | None) -> tuple[object, ...] | None:
    return None if label is None else (label.taxon, label.event, label.annotator, label.votes, label.voters)


@FAST
@given(steps=STEPS)
def test_history_keeps_every_act_in_order(ledger: Ledger, steps: list[tuple[str, str, object]]) -> None:
    sha256 = new_photo(ledger)
    sent = play(ledger, sha256, steps)
    assert ledger.history(sha256) == sent


@FAST
@given(steps=STEPS)
def test_the_current_label_is_the_newest_act_that_stands(
    ledger: Ledger, steps: list[tuple[str, str, object]]
) -> None:
    sha256 = new_photo(ledger)
    kept = standing(play(ledger, sha256, steps))
    assert ledger.standing(sha256) == kept
    label = ledger.current(sha256)
    if not kept:
        assert label is None
        return
    newest = {event.annotator: event.taxon for event in kept}  # later acts replace earlier ones
    assert label is not None
    assert (label.event, label.taxon, label.annotator) == (kept[-1].id, kept[-1].taxon, kept[-1].annotator)
    assert (label.votes, label.voters) == (list(newest.values()).count(label.taxon), len(newest))


@FAST
@given(steps=STEPS)
def test_replaying_the_ledger_gives_the_labels_that_grew_act_by_act(
    ledger: Ledger, steps: list[tuple[str, str, object]]
) -> None:
    sha256 = new_photo(ledger)
    play(ledger, sha256, steps)
    grown = ledger.current(sha256)
    ledger.rebuild_labels()
    assert ledger.current(sha256) == grown


@FAST
@given(steps=STEPS, person=st.sampled_from(PEOPLE), pick=st.integers(0, 30))
def test_undoing_an_undo_changes_nothing(
    ledger: Ledger, steps: list[tuple[str, str, object]], person: str, pick: int
) -> None:
    sha256 = new_photo(ledger)
    sent = play(ledger, sha256, [("say", "ada", "felidae"), *steps])
    before = meaning(ledger.current(sha256)), ledger.standing(sha256)
    undo = LabelEvent(uuid4(), sha256, EventKind.UNDO, person, START, undoes=sent[pick % len(sent)].id)
    ledger.append(undo, received_at=START)
    ledger.append(replace(undo, id=uuid4(), undoes=undo.id), received_at=START)
    assert (meaning(ledger.current(sha256)), ledger.standing(sha256)) == before


@FAST
@given(steps=STEPS)
def test_sending_a_whole_history_again_changes_nothing(
    ledger: Ledger, steps: list[tuple[str, str, object]]
) -> None:
    sha256 = new_photo(ledger)
    sent = play(ledger, sha256, steps)
    before = ledger.current(sha256)
    assert not any(ledger.append(event, received_at=START) for event in sent)
    assert (ledger.history(sha256), ledger.current(sha256)) == (sent, before)


@FAST
@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(TAXA)), min_size=1), st.randoms())
def test_acts_are_folded_by_their_number_in_whatever_order_they_come(
    said: list[tuple[str, str | None]], random: object
) -> None:
    acts = [
        Act(n, str(n), EventKind.ASSERT if taxon else EventKind.NOT_ANIMAL, taxon, None, person)
        for n, (person, taxon) in enumerate(said)
    ]
    shuffled = acts[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == fold(acts)
    assert fold(acts).label == acts[-1]
