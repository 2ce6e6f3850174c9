"""Where photos stand, and who is given which."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from core.store import EventKind, Lane, Place, QueueFilter
from tests.review_house import LEOPARD, LION, NOW, WOLF, House, build, sha


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = build(tmp_path)
    for number in range(6):
        made.add(number)
    made.queue.place(Place(sha(n), n + 1, Lane.UNSURE, n / 10, audit=n == 5) for n in range(6))
    return made


def given(house: House, by: str = "ada", **more: object) -> list[str]:
    values: dict[str, object] = {"limit": 10, "audit": False, "at": NOW, **more}
    return [photo.sha256 for photo in house.queue.following(by, **values)]  # type: ignore[arg-type]


def effort(house: House, **more: object) -> int:
    """Return how many hundred steps the database takes to find what is given."""
    steps = []
    raw = house.engine.raw_connection()
    raw.driver_connection.set_progress_handler(lambda: steps.append(1), 100)  # type: ignore[union-attr]
    raw.close()
    given(house, **more)
    return len(steps)


def order(*numbers: int) -> list[str]:
    return [sha(number) for number in numbers]


def test_the_most_valuable_comes_first_and_audits_apart(house: House) -> None:
    assert given(house) == order(4, 3, 2, 1, 0)
    assert given(house, audit=True) == order(5)
    assert given(house, limit=2) == order(4, 3)


def test_only_new_predictions_are_unplaced(house: House) -> None:
    assert list(house.queue.unplaced()) == []
    house.add(6, WOLF, 0.7)
    house.predict(0, LEOPARD, 0.8, model="n")
    assert [(one.sha256, one.displayed) for one in house.queue.unplaced()] == [
        (sha(6), WOLF),
        (sha(0), LEOPARD),
    ]


def test_a_label_closes_and_its_undo_opens_again(house: House) -> None:
    act = house.says(4, LION)
    assert given(house) == order(3, 2, 1, 0)
    house.undoes(4, act)
    assert given(house) == order(4, 3, 2, 1, 0)


def test_a_person_in_frame_closes_and_a_flag_does_not(house: House) -> None:
    house.says(4, None, kind=EventKind.PERSON)
    house.says(3, None, kind=EventKind.FLAG)
    assert given(house) == order(3, 2, 1, 0)


def test_what_was_put_off_comes_when_asked_for(house: House) -> None:
    act = house.says(4, None, kind=EventKind.SKIP)
    assert given(house) == order(3, 2, 1, 0)
    assert given(house, again=True) == order(4)
    assert given(house, by="bo") == order(4, 3, 2, 1, 0)
    house.undoes(4, act)
    assert given(house) == order(4, 3, 2, 1, 0)


def test_a_labelled_photo_gets_one_second_look_for_a_reason(house: House) -> None:
    house.says(4, LION)
    look = Place(sha(4), 5, Lane.CONTRADICTED, 9.0, audit=False)
    assert house.queue.reopen([look]) == 1
    assert given(house)[0] == sha(4)
    house.says(4, LION, lane=Lane.CONTRADICTED)
    assert house.queue.reopen([look]) == 0
    assert given(house) == order(3, 2, 1, 0)
    assert house.queue.reopen([Place(sha(4), 5, Lane.SUSPECT, 9.0, audit=False)]) == 1


def test_a_second_look_waits_for_a_label_and_comes_back_with_its_undo(house: House) -> None:
    house.says(4, LION)
    house.queue.reopen([Place(sha(4), 5, Lane.CONTRADICTED, 9.0, audit=False)])
    house.says(4, None, "bo", kind=EventKind.FLAG)
    house.says(4, None, "bo", kind=EventKind.SKIP)
    assert given(house)[0] == sha(4)
    look = house.says(4, LION, lane=Lane.CONTRADICTED)
    assert sha(4) not in given(house)
    house.undoes(4, look)
    assert given(house)[0] == sha(4)


def test_a_photo_of_a_person_is_not_shown_again(house: House) -> None:
    house.says(4, LION)
    house.says(4, None, kind=EventKind.PERSON)
    assert house.queue.reopen([Place(sha(4), 5, Lane.SUSPECT, 9.0, audit=False)]) == 0
    assert given(house) == order(3, 2, 1, 0)


def test_a_photo_that_needs_two_is_not_given_twice_to_one(house: House) -> None:
    house.says(4, LION)
    house.queue.settle({sha(4): True})
    assert given(house) == order(3, 2, 1, 0)
    assert given(house, by="bo") == order(4, 3, 2, 1, 0)


def test_whose_label_stands_is_not_asked_again_while_others_are(house: House) -> None:
    first = house.says(4, LION)
    second = house.undoes(4, first)
    house.undoes(4, second)  # the label stands again
    house.says(3, LION)
    house.says(3, None, kind=EventKind.SKIP)
    house.says(2, LION, blind=True)
    house.undoes(1, house.says(1, LION))
    house.says(0, LION, subject=uuid4())
    house.queue.settle({sha(n): True for n in range(5)})
    assert given(house) == order(2, 1, 0)
    assert given(house, again=True) == []
    assert given(house, by="bo") == order(4, 3, 2, 1, 0)
    assert house.ledger.rebuild_labels() == 2
    house.queue.settle({sha(n): True for n in range(5)})
    assert given(house) == order(2, 1, 0)


def test_who_labelled_a_photo_before_it_had_a_place_is_known(house: House) -> None:
    house.add(6)
    house.says(6, LION)
    house.queue.place([Place(sha(6), 7, Lane.UNSURE, 0.9, audit=False)])
    assert sha(6) not in given(house, by="bo")
    assert given(house, by="bo", wanted=QueueFilter(status="labelled", annotator="ada")) == order(6)


def test_two_people_get_different_photos_and_nobody_waits(house: House) -> None:
    house.says(5, LION, "ada")
    house.says(5, LION, "bo")
    house.leases.hold("ada", order(4, 3), at=NOW)
    assert given(house) == order(4, 3, 2, 1, 0)
    assert given(house, by="bo") == order(2, 1, 0)
    assert house.leases.hold("bo", order(3, 2), at=NOW) == {sha(2)}  # 3 stays Ada's
    assert given(house) == order(4, 3, 1, 0)
    assert given(house, at=NOW + timedelta(minutes=11)) == order(4, 3, 2, 1, 0)
    house.leases.let_go("bo")
    assert given(house) == order(4, 3, 2, 1, 0)
    house.says(4, LEOPARD, "bo")  # a lease keeps nobody from speaking
    assert house.ledger.current(sha(4)) is not None


def test_placing_again_moves_and_keeps_what_was_decided(house: House) -> None:
    house.says(4, LION)
    house.queue.place([Place(sha(n), n + 1, Lane.REST, 1.0 - n / 10, audit=False) for n in (4, 0)])
    assert given(house) == order(0, 3, 2, 1)


FILTERS = [
    ({"displayed": frozenset({WOLF})}, [1]),
    ({"lane": Lane.RARE}, [2]),
    ({"deployment": "B"}, [1]),
    ({"taken_from": "2026-05-02"}, [2]),
    ({"taken_to": "2026-05-01"}, [0]),
    ({"most": 0.5}, [1]),
    ({"least": 0.5}, [2, 0]),
    ({"within": (1.0, 36.0, 2.0, 37.0)}, [2]),
    ({"model": "n"}, [1]),
    ({"model": "m"}, [2, 0]),
    ({"status": "labelled"}, [3]),
    ({"status": "labelled", "annotator": "bo"}, []),
    ({"status": "labelled", "annotator": "ada"}, [3]),
    ({"status": "flagged"}, [0]),
    ({"status": "all"}, [3, 2, 1, 0]),
    ({"hashes": frozenset({sha(0), sha(3)})}, [0]),
]


@pytest.mark.parametrize(("wanted", "numbers"), FILTERS, ids=lambda value: str(value)[:40])
def test_filters_leave_what_they_say(wanted: dict[str, object], numbers: list[int], tmp_path: Path) -> None:
    house = build(tmp_path)
    house.add(0, at=0)
    house.add(1, WOLF, 0.4, camera="B", model="n")
    house.add(2, at=3 * 3600)
    house.add(3)
    house.ledger.add_capture(
        sha(2), source="ada", at=NOW, captured_at="2026-05-02T01:00:00", place=(1.5, 36.8)
    )
    lanes = [Lane.UNSURE, Lane.UNSURE, Lane.RARE, Lane.UNSURE]
    house.queue.place(Place(sha(n), n + 1, lanes[n], n / 10, audit=False) for n in range(4))
    house.says(3, LION)
    house.says(0, None, kind=EventKind.FLAG)
    assert given(house, by="eve", wanted=QueueFilter(**wanted)) == order(*numbers)  # type: ignore[arg-type]


def test_contested_photos_are_found(house: House) -> None:
    house.says(1, LION, "ada")
    house.says(1, LEOPARD, "bo")
    house.says(2, LION, "ada")
    house.says(2, LION, "bo")
    assert given(house, by="eve", wanted=QueueFilter(status="contested")) == order(1)


def test_what_is_left_is_counted_by_lane(house: House) -> None:
    house.says(0, LION)
    assert house.queue.left() == {Lane.UNSURE: 5}
    assert house.queue.progress() == (1, 6)
    assert house.queue.photos(order(0, 9)).keys() == {sha(0)}


@pytest.mark.only_sqlite
def test_what_somebody_has_done_does_not_slow_down_what_comes_next(tmp_path: Path) -> None:
    house = build(tmp_path)
    for number in range(300):
        house.add(number, camera="B" if number < 3 else "A")
    house.queue.place(Place(sha(n), n + 1, Lane.UNSURE, n / 1000, audit=False) for n in range(300))
    asked = [
        {"wanted": QueueFilter(lane=Lane.RARE)},
        {"again": True},
        {"wanted": QueueFilter(deployment="B")},
    ]
    before = [effort(house, **more) for more in asked]
    for number in range(150, 300):
        house.says(number, LION)
    after = [effort(house, **more) for more in asked]
    assert all(later <= 2 * earlier + 20 for earlier, later in zip(before, after, strict=True)), (
        before,
        after,
    )
