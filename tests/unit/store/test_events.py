"""Events in the database: grouped under a rule that is kept."""

from pathlib import Path

import sqlalchemy as sa

from core.store import schema
from tests.review_house import NOW, build, sha


def test_photos_of_one_camera_and_gap_are_one_event(tmp_path: Path) -> None:
    house = build(tmp_path)
    for number, (second, camera) in enumerate(
        [(0, "A"), (50, "A"), (105, "A"), (300, "A"), (55, "B"), (60, "")]
    ):
        house.add(number, at=second, camera=camera)
    house.add(6)  # without a time
    everything = [sha(number) for number in range(7)]
    assert house.events.members(everything) == {}
    house.events.group_new(["A", "B"], at=NOW)
    found = house.events.members(everything)
    assert found.keys() == {sha(0), sha(1), sha(2)}
    assert [member.sha256 for member in found[sha(1)]] == [sha(0), sha(1), sha(2)]
    assert found[sha(1)][1].taken_at == "2026-05-01T22:00:50"
    rule = house.events.rule()
    assert rule is not None
    assert rule.gap_seconds == 60


def test_a_new_photo_joins_the_event_of_its_camera(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.add(0, at=0)
    house.add(1, at=100)
    house.add(2, at=0, camera="B")
    house.events.group_new(["A", "B"], at=NOW)
    assert house.events.members([sha(0)]) == {}
    house.add(3, at=50)
    house.events.group_new(["A"], at=NOW)
    assert [one.sha256 for one in house.events.members([sha(1)])[sha(1)]] == [sha(0), sha(3), sha(1)]
    rows = house.engine.connect().execute(sa.select(schema.event.c.deployment)).scalars().all()
    assert sorted(rows) == ["A", "B"]


def test_another_gap_is_another_rule_and_the_old_grouping_stays(tmp_path: Path) -> None:
    house = build(tmp_path)
    for number in range(3):
        house.add(number, at=100 * number)
    house.events.group_new(["A"], at=NOW)
    house.events.set_gap(120, at=NOW)
    assert len(house.events.members([sha(0)])[sha(0)]) == 3
    with house.engine.connect() as connection:
        rules = connection.execute(sa.select(schema.event_media.c.rule_id)).scalars().all()
    assert sorted(rules) == [1, 1, 1, 2, 2, 2]
