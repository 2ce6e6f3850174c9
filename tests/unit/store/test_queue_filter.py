"""The filter as a value; what it finds is in test_queue.py."""

import pytest

from core.store.queue_filter import APART, EVERYTHING, QueueFilter, apart, candidates


def test_everything_is_what_nobody_has_decided() -> None:
    assert QueueFilter() == EVERYTHING
    assert EVERYTHING.status == "open"


def test_some_answers_are_looked_for_apart_and_many_together() -> None:
    few = QueueFilter(displayed=frozenset({"a", "b"}), least=0.5)
    assert apart(few) == [QueueFilter(displayed=frozenset({name}), least=0.5) for name in "ab"]
    many = QueueFilter(displayed=frozenset(str(number) for number in range(APART + 1)))
    assert apart(many) == [many]
    assert apart(EVERYTHING) == [EVERYTHING]


@pytest.mark.parametrize(
    ("wanted", "ways"),
    [
        (EVERYTHING, 0),
        (QueueFilter(lane="rest", least=0.5, model="m"), 0),
        (QueueFilter(deployment="A", taken_to="2026-05-01"), 2),
        (QueueFilter(status="contested"), 1),
        (QueueFilter(status="person", hashes=frozenset({"a"})), 2),
    ],
)
def test_what_few_photos_have_leads_to_them(wanted: QueueFilter, ways: int) -> None:
    assert len(candidates(wanted)) == ways
