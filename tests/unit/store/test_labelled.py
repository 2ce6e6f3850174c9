"""Photos with what stands about them."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from core.media import Position
from core.store import Box, EventKind, LabelledPhotos, Ledger, open_database
from core.store import schema as t
from tests.unit.store.test_ledger import LEOPARD, LION, NOW, photo, says, takes_back


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    ledger = Ledger(engine)
    for mark in "abc":
        ledger.add_photo(photo(f"{mark}.jpg", mark, Position(-1.5, 35.0)), size=1, door="cli", at=NOW, deployment="K04")  # fmt: skip
    return engine


def test_only_what_stands_is_there(engine: sa.Engine) -> None:
    ledger, store = Ledger(engine), LabelledPhotos(engine)
    wrong, right = says(LION), says(LEOPARD)
    drawn = says(None, kind=EventKind.BOXES, boxes=(Box(0.1, 0.2, 0.3, 0.4),))
    for event in (wrong, takes_back(wrong.id), right, drawn):
        ledger.append(event, received_at=NOW)
    (record,) = store.all()
    assert record.acts == (right, drawn)
    assert (record.name, record.width, record.height, record.deployment) == ("a.jpg", 40, 30, "K04")
    assert (record.captured_at, record.latitude, record.longitude) == ("2025-03-04T05:06:00", -1.5, 35.0)
    assert (record.sequence, record.suggested) == ("", None)
    assert [one.sha256[0] for one in store.all(unlabelled=True)] == ["a", "b", "c"]


def test_the_newest_grouping_tells_the_sequence(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for rule in (1, 2):
            connection.execute(
                t.event_rule.insert().values(id=rule, gap_seconds=60 * rule, version=1, added_at=NOW)
            )
            connection.execute(
                t.event.insert().values(id=rule, rule_id=rule, deployment="K04", starts="", ends="")
            )
            connection.execute(t.event_media.insert().values(rule_id=rule, media_id=1, event_id=rule, position=rule))  # fmt: skip
    first, *_ = LabelledPhotos(engine).all(unlabelled=True)
    assert (first.sequence, first.frame) == ("2", 2)


def test_photos_are_found_by_name_and_acts_by_action(engine: sa.Engine) -> None:
    ledger, store = Ledger(engine), LabelledPhotos(engine)
    ledger.add_photo(photo("a.jpg", "d"), size=1, door="cli", at=NOW)
    assert store.hashes_by_name()["a.jpg"] == {"a" * 64, "d" * 64}
    assert store.hashes() == {mark * 64 for mark in "abcd"}
    action = uuid4()
    kept, undone, other = says(LION, action=action), says(LION, mark="b", action=action), says(LEOPARD)
    for event in (kept, undone, other, replace(takes_back(undone.id, mark="b"), action=action)):
        ledger.append(event, received_at=NOW)
    assert store.of_action(action) == [kept]
