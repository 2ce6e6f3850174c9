"""What people did, as reviewing asks for it."""

from pathlib import Path

from tests.review_house import LION, WOLF, build, sha


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
