"""The way to the next photos changes how long it takes, never what is found."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.store import EventKind, Lane, Place, QueueFilter, queue_filter, queue_search
from tests.review_house import LEOPARD, LION, NOW, TIGER, WOLF, House, build, sha

PHOTOS = 40
ASKED = [
    QueueFilter(),
    QueueFilter(displayed=frozenset({WOLF})),
    QueueFilter(displayed=frozenset({WOLF, LION, TIGER})),
    QueueFilter(lane=Lane.RARE),
    QueueFilter(least=0.7, most=0.9),
    QueueFilter(deployment="B"),
    QueueFilter(taken_from="2026-05-01", taken_to="2026-05-01"),
    QueueFilter(model="n"),
    QueueFilter(status="all"),
    QueueFilter(status="labelled"),
    QueueFilter(status="contested"),
    QueueFilter(status="flagged"),
    QueueFilter(status="all", annotator="bo"),
    QueueFilter(hashes=frozenset(sha(number) for number in range(0, PHOTOS, 3))),
    QueueFilter(displayed=frozenset({LION, WOLF}), deployment="B", least=0.6),
]


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = build(tmp_path)
    species = [LION, WOLF, LEOPARD]
    lanes = [Lane.UNSURE, Lane.RARE]
    for n in range(PHOTOS):
        made.add(
            n, species[n % 3], 0.5 + n / 100, at=900 * n, camera="AB"[n % 4 == 0], model="mn"[n % 5 == 0]
        )
    made.queue.place(
        Place(sha(n), n + 1, lanes[n % 2], (7 * n % PHOTOS) / PHOTOS, audit=False) for n in range(PHOTOS)
    )
    for n in range(0, PHOTOS, 6):
        made.says(n, LION, "ada")
    for n in range(0, PHOTOS, 12):
        made.says(n, WOLF, "bo")
    made.queue.settle({sha(n): True for n in range(0, PHOTOS, 4)})
    made.says(7, None, "eve", kind=EventKind.SKIP)
    made.says(9, None, "eve", kind=EventKind.FLAG)
    return made


def given(house: House, wanted: QueueFilter, by: str, *, again: bool = False) -> list[str]:
    found = house.queue.following(by, limit=25, audit=False, at=NOW, wanted=wanted, again=again)
    return [photo.sha256 for photo in found]


@pytest.mark.parametrize("wanted", ASKED, ids=lambda one: str(one)[12:70])
@pytest.mark.parametrize("by", ["ada", "eve"])
def test_all_ways_find_the_same(
    house: House, wanted: QueueFilter, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = given(house, wanted, by)
    put_off = given(house, wanted, by, again=True)
    assert found or wanted.status == "flagged"
    monkeypatch.setattr(queue_search, "FEW", -1)
    monkeypatch.setattr(queue_filter, "APART", 0)
    assert given(house, wanted, by) == found
    assert given(house, wanted, by, again=True) == put_off


@pytest.mark.only_sqlite
@pytest.mark.parametrize("wanted", ASKED, ids=lambda one: str(one)[12:70])
def test_an_index_alone_says_which_come_next(house: House, wanted: QueueFilter) -> None:
    plans: list[str] = []

    @sa.event.listens_for(house.engine, "before_cursor_execute")
    def explain(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if "priority DESC" in statement:
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    given(house, wanted, "ada")
    reads = [plan for plan in plans if "queue_entry" in plan]
    assert reads
    assert all("COVERING INDEX ix_queue_entry" in plan or "PRIMARY KEY" in plan for plan in reads), reads
    one_answer = wanted.displayed is not None and not wanted.deployment
    assert not one_answer or all("ix_queue_entry_displayed" in plan for plan in reads), reads


def test_who_is_not_known_yet_has_said_nothing(house: House) -> None:
    with house.engine.connect() as connection:
        assert queue_search.asking(connection, "nobody yet") == queue_search.NOBODY
        assert queue_search.asking(connection, "ada") > queue_search.NOBODY
