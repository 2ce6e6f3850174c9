"""Shots that belong together."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.media.events import Shot, group_events

START = datetime(2026, 5, 1)


def shot(key: int, second: float, deployment: str = "A") -> Shot:
    return Shot(key, deployment, START + timedelta(seconds=second))


def test_a_gap_ends_an_event_and_a_chain_does_not() -> None:
    found = group_events([shot(n, second) for n, second in enumerate([0, 60, 120, 181])], 60)
    assert [[one.key for one in event] for event in found] == [[0, 1, 2], [3]]


def test_cameras_are_kept_apart_and_offsets_do_not_matter() -> None:
    there = Shot(2, "A", (START + timedelta(seconds=5)).replace(tzinfo=UTC))
    found = group_events([shot(0, 0), shot(1, 1, "B"), there], 60)
    assert [[one.key for one in event] for event in found] == [[0, 2], [1]]


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from("AB"))), st.integers(0, 90), st.randoms())
def test_every_shot_is_in_one_event_whatever_the_order(times: list, gap: int, random: object) -> None:
    shots = [shot(key, second, camera) for key, (second, camera) in enumerate(times)]
    found = group_events(shots, gap)
    assert sorted(one.key for event in found for one in event) == list(range(len(shots)))
    shuffled = shots.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert group_events(shuffled, gap) == found
