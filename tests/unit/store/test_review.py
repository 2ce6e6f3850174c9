"""What people did, as reviewing asks for it."""

from pathlib import Path

from core.store import Certainty, Details, EventKind, Gold, GoldPhoto, Lane, Place
from tests.review_house import LEOPARD, LION, NOW, WOLF, build, sha


def test_the_newest_acts_of_a_person_come_oldest_first_and_without_undos(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.add(0)
    house.add(1)
    first, second = house.says(1, LION), house.says(0, WOLF)
    house.undoes(0, second)
    house.says(0, LION, "bo")
    assert [(act.sha256, act.event) for act in house.review.last_acts("ada", 10)] == [
        (sha(1), str(first)), (sha(0), str(second)),
    ]  # fmt: skip
    assert [act.event for act in house.review.last_acts("ada", 1)] == [str(second)]
    assert house.review.last_acts("eve", 10) == []


def test_labels_are_judged_by_what_the_model_on_screen_said(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.add(0)
    house.add(1)
    house.says(0, WOLF, shown_prediction=1)
    house.says(1, WOLF)  # nothing was on screen
    (one,) = house.review.judged()
    assert (one.sha256, one.label, one.best, one.displayed) == (sha(0), WOLF, LION, LION)


def test_examples_of_a_species_are_those_that_most_agree_on_then_the_newest(tmp_path: Path) -> None:
    house = build(tmp_path)
    for number in range(5):
        house.add(number)
    for number in (1, 2, 3):
        house.says(number, LION)
    house.says(1, LION, "bo")
    house.says(4, LEOPARD)
    assert house.review.examples(LION, 9, beside=sha(0)) == [sha(1), sha(3), sha(2)]
    assert house.review.examples(LION, 2, beside=sha(1)) == [sha(3), sha(2)]  # never itself
    assert house.review.examples(WOLF, 9, beside=sha(0)) == []


def test_an_example_gives_no_answer_away_and_is_a_good_one(tmp_path: Path) -> None:
    house = build(tmp_path)
    for number in range(8):
        house.add(number, at=number if number < 2 else 1000 * number)  # 0 and 1 are of one event
    house.events.group_new(["A"], at=NOW)
    for number in range(1, 8):
        guess = Details(certainty=Certainty.GUESS) if number == 2 else Details()
        house.says(number, LION, details=guess)
    house.says(3, None, kind=EventKind.PERSON)
    house.says(4, None, kind=EventKind.FLAG)
    Gold(house.engine).add([GoldPhoto(sha(5), LION, "bo")], at=NOW)
    second = Place(sha(6), 7, Lane.CONTRADICTED, 1.0, audit=False)
    house.queue.place([second])
    house.queue.reopen([second])
    assert house.review.examples(LION, 9, beside=sha(0)) == [sha(7)]
    assert set(house.review.examples(LION, 9, beside=sha(7))) == {sha(1)}
