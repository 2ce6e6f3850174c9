"""What holds for every history of reviewing: all that a person may say, taken back, sent again, by several people who hold photos."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.media import Capture, Photo
from core.store import (
    Box,
    Certainty,
    Details,
    EventKind,
    HigherRankReason,
    LabelEvent,
    Lane,
    Leases,
    Ledger,
    LifeStage,
    Place,
    Queue,
    QueueFilter,
    Sex,
    open_database,
    schema,
)  # fmt: skip
from core.store.records import SECOND_LOOK
from tests.review_house import LEOPARD, LION, NOW

PEOPLE = ("ada", "bo", "cy")
FAST = settings(max_examples=60, deadline=None)
UNDONE = EventKind.UNDO

texts = st.text(max_size=8)
boxes = st.lists(
    st.builds(Box, *(st.floats(0, 0.5) for _ in range(2)), *(st.floats(0.01, 0.5) for _ in range(2))),
    max_size=3,
).map(tuple)
details = st.builds(
    Details, st.none() | st.sampled_from(Certainty), st.none() | st.integers(1, 9), st.none() | st.sampled_from(Sex),
    st.none() | st.sampled_from(LifeStage), texts, texts,
)  # fmt: skip


@st.composite
def acts(draw: st.DrawFn) -> dict[str, object]:
    """Anything that one person may say about a photo, but not an undo."""
    kind = draw(st.sampled_from([kind for kind in EventKind if kind is not UNDONE]))
    names = kind in (EventKind.ASSERT, EventKind.CONFIRM)
    return {
        "kind": kind, "annotator": draw(st.sampled_from(PEOPLE)), "comment": draw(texts),
        "taxon": draw(st.sampled_from((LION, LEOPARD, "felidae"))) if names else None,
        "reason": draw(st.sampled_from(HigherRankReason)), "lane": draw(st.none() | st.sampled_from(Lane)),
        "blind": draw(st.booleans()), "subject": draw(st.none() | st.uuids(version=4)),
        "details": draw(details), "boxes": draw(boxes) if kind is EventKind.BOXES else None,
    }  # fmt: skip


# A step says something, or takes back one of the acts before it.
STEPS = st.lists(st.one_of(acts(), st.tuples(st.sampled_from(PEOPLE), st.integers(0, 30))), max_size=10)


class Office:
    """A database in which every example has a photo of its own."""

    def __init__(self) -> None:
        self.engine = open_database("sqlite://")
        self.ledger, self.queue, self.leases = Ledger(self.engine), Queue(self.engine), Leases(self.engine)

    def photo(self) -> str:
        sha256 = uuid4().hex * 2
        photo = Photo("a.jpg", sha256, Image.new("RGB", (1, 1)), 4, 3, "JPEG", Capture())
        self.ledger.add_photo(photo, size=1, door="app", at=NOW)
        with self.engine.begin() as connection:
            media = connection.execute(sa.select(sa.func.max(schema.media.c.id))).scalar_one()
            model = schema.model_version.insert().prefix_with("OR IGNORE").values(
                id=1, weights_sha256="m" * 64, name="m", version="1", architecture="none", taxonomy_sha256="t" * 64,
                calibration={}, added_at=NOW,
            )  # fmt: skip
            connection.execute(model)
            connection.execute(
                schema.prediction.insert().values(
                    id=media,
                    media_id=media,
                    model_id=1,
                    target=0.6,
                    outcome="identified",
                    displayed=LION,
                    confidence=0.9,
                    blank=0.0,
                    top_k=[[LION, 0.9]],
                    made_at=NOW,
                )
            )  # fmt: skip
        self.queue.place([Place(sha256, int(media), Lane.UNSURE, 1.0, audit=False)])
        return sha256

    def play(self, sha256: str, steps: list[object]) -> list[LabelEvent]:
        """Take the steps and return what was sent."""
        sent: list[LabelEvent] = []
        for number, step in enumerate(steps):
            at = NOW + timedelta(seconds=number)
            if isinstance(step, dict):
                event = LabelEvent(uuid4(), sha256, acted_at=at, **step)
            elif sent:
                who, which = step  # type: ignore[misc]
                event = self.undo(sent[which % len(sent)], who)
            else:
                continue
            assert self.ledger.append(event, received_at=at)
            sent.append(event)
        return sent

    def undo(self, event: LabelEvent, who: str) -> LabelEvent:
        return LabelEvent(uuid4(), event.sha256, UNDONE, who, NOW, undoes=event.id)

    def view(self, sha256: str) -> str:
        """Return all that is derived about a photo: its label, marks and whether it waits."""
        with self.engine.connect() as connection:
            tables = (schema.current_label, schema.current_mark, schema.queue_entry)
            rows = [
                [dict(row._mapping) for row in connection.execute(self._about(table, sha256))]
                for table in tables
            ]
        return json.dumps(rows, sort_keys=True)

    def meaning(self, sha256: str) -> tuple[object, ...]:
        """Return the same without the number of the act that decided, which may be another."""
        label = self.ledger.current(sha256)
        said = (
            None if label is None else (label.taxon, label.event, label.annotator, label.votes, label.voters)
        )
        return said, json.loads(self.view(sha256))[1:], self.ledger.standing(sha256)

    def _about(self, table: sa.Table, sha256: str) -> sa.Select[tuple[object, ...]]:
        number = sa.select(schema.media.c.id).where(schema.media.c.sha256 == sha256).scalar_subquery()
        return sa.select(table).where(table.c.media_id == number).order_by(*table.primary_key)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.engine.dispose()


@FAST
@given(steps=STEPS)
def test_the_ledger_gives_back_what_was_said_to_the_letter(office: Office, steps: list[object]) -> None:
    sha256 = office.photo()
    sent = office.play(sha256, steps)
    assert office.ledger.history(sha256) == sent


@FAST
@given(steps=STEPS)
def test_replaying_the_ledger_gives_labels_and_marks_byte_for_byte(
    office: Office, steps: list[object]
) -> None:
    sha256 = office.photo()
    office.play(sha256, steps)
    grown = office.view(sha256)
    office.ledger.rebuild_labels()
    assert office.view(sha256) == grown


@FAST
@given(
    steps=STEPS,
    act=acts(),
    who=st.sampled_from(PEOPLE),
    look=st.none() | st.sampled_from(sorted(SECOND_LOOK)),
)
def test_an_act_and_its_undo_leave_label_marks_and_queue_as_they_were(
    office: Office, steps: list[object], act: dict[str, object], who: str, look: Lane | None
) -> None:
    sha256 = office.photo()
    office.play(sha256, steps)
    if look is not None and office.ledger.current(sha256) is not None:
        office.queue.reopen([Place(sha256, 0, look, 2.0, audit=False)])
    before = office.meaning(sha256)
    (event,) = office.play(sha256, [act])
    office.ledger.append(office.undo(event, who), received_at=NOW)
    assert office.meaning(sha256) == before


@FAST
@given(steps=STEPS, order=st.randoms(use_true_random=False))
def test_acts_sent_again_in_any_order_change_nothing(
    office: Office, steps: list[object], order: object
) -> None:
    sha256 = office.photo()
    sent = office.play(sha256, steps)
    before = office.view(sha256)
    again = [replace(event, comment="sent again") for event in sent]
    order.shuffle(again)  # type: ignore[attr-defined]
    assert office.ledger.append_all(again, received_at=NOW) == {}
    assert office.view(sha256) == before
    assert office.ledger.history(sha256) == sent


@FAST
@given(steps=STEPS, cut=st.integers(0, 10))
def test_acts_that_come_together_mean_what_they_mean_one_by_one(
    office: Office, steps: list[object], cut: int
) -> None:
    alone, together = office.photo(), office.photo()
    sent = office.play(alone, steps)
    names = {event.id: uuid4() for event in sent}
    copies = [
        replace(event, id=names[event.id], sha256=together, undoes=event.undoes and names[event.undoes])
        for event in sent
    ]
    for some in (copies[:cut], copies[cut:]):
        assert office.ledger.append_all([*some, *some[:1]], received_at=NOW) == {}
    assert office.ledger.history(together) == copies
    assert _view_of(office, together, names) == _view_of(office, alone, {})


@FAST
@given(holder=st.sampled_from(PEOPLE), reader=st.sampled_from(PEOPLE), act=acts())
def test_a_lease_keeps_nobody_from_reading_or_labelling(
    office: Office, holder: str, reader: str, act: dict[str, object]
) -> None:
    held, free = office.photo(), office.photo()
    office.leases.hold(holder, [held], at=NOW)
    assert office.queue.photos([held]).keys() == {held}
    office.play(held, [{**act, "annotator": reader}])
    office.play(free, [{**act, "annotator": reader}])
    assert _told(office, held) == _told(office, free)
    office.leases.let_go(holder)


@FAST
@given(holder=st.sampled_from(PEOPLE), reader=st.sampled_from(PEOPLE), minutes=st.integers(0, 30))
def test_a_held_photo_is_given_to_nobody_else_until_the_lease_ends(
    office: Office, holder: str, reader: str, minutes: int
) -> None:
    sha256 = office.photo()
    office.leases.hold(holder, [sha256], at=NOW)
    given = office.queue.following(
        reader,
        limit=1,
        audit=False,
        at=NOW + timedelta(minutes=minutes),
        wanted=QueueFilter(hashes=frozenset({sha256})),
    )
    assert bool(given) == (holder == reader or minutes >= 10)


def _view_of(office: Office, sha256: str, names: dict[UUID, UUID]) -> tuple[object, ...]:
    """Return label, marks and whether the photo waits, with acts named as before they got other names."""
    before = {str(new): str(old) for old, new in names.items()}
    label, marks, (place,) = json.loads(office.view(sha256))
    called = [(row["kind"], before.get(row["event_id"], row["event_id"])) for row in marks]
    said = [
        (row["taxon"], before.get(row["event_id"], row["event_id"]), row["votes"], row["voters"])
        for row in label
    ]
    return said, called, place["is_open"]


def _told(office: Office, sha256: str) -> tuple[object, ...]:
    label = office.ledger.current(sha256)
    with office.engine.connect() as connection:
        marks = connection.execute(office._about(schema.current_mark, sha256)).all()
    waits = office.queue.following(
        "dee",
        limit=1,
        audit=False,
        at=NOW + timedelta(hours=1),
        wanted=QueueFilter(hashes=frozenset({sha256})),
    )
    events = [replace(event, id=UUID(int=0), sha256="") for event in office.ledger.history(sha256)]
    return (
        label and (label.taxon, label.annotator, label.votes),
        [mark.kind for mark in marks],
        len(waits),
        events,
    )
