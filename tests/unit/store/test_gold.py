"""Tests with a known answer, and what people say when nothing is suggested."""

from pathlib import Path

from core.store import Gold, GoldPhoto, Lane
from tests.review_house import LEOPARD, LION, NOW, WOLF, House, build, sha


def housed(tmp_path: Path) -> tuple[House, Gold]:
    house = build(tmp_path)
    for number in range(4):
        house.add(number)
    return house, Gold(house.engine)


def test_what_two_agree_on_can_become_a_test_once(tmp_path: Path) -> None:
    house, gold = housed(tmp_path)
    for who in ("ada", "bo"):
        house.says(0, LION, who)
        house.says(2, LION if who == "ada" else WOLF, who)
    house.says(1, LION)
    ready = gold.agreed(9)
    assert ready == [GoldPhoto(sha(0), LION, "bo")]
    assert gold.add(ready, at=NOW) == 1
    assert gold.add(ready, at=NOW) == 0
    assert gold.all() == ready
    assert gold.agreed(9) == []
    gold.take_out(sha(0))
    assert gold.all() == []


def test_nobody_is_tested_on_what_they_have_labelled_or_twice(tmp_path: Path) -> None:
    house, gold = housed(tmp_path)
    gold.add([GoldPhoto(sha(n), LION, "expert") for n in (0, 1)], at=NOW)
    house.says(0, LION, "ada")
    assert gold.untried("ada", 9) == [sha(1)]
    assert set(gold.untried("bo", 9)) == {sha(0), sha(1)}
    act = house.says(1, WOLF, "ada", blind=True, lane=Lane.GOLD)
    assert gold.untried("ada", 9) == []
    house.undoes(1, act)
    assert gold.untried("ada", 9) == [sha(1)]


def test_answers_stand_beside_what_was_known_or_said_before(tmp_path: Path) -> None:
    house, gold = housed(tmp_path)
    gold.add([GoldPhoto(sha(0), None, "expert")], at=NOW)
    house.says(0, None, "ada", blind=True, lane=Lane.GOLD)
    house.says(1, LION, "ada", lane=Lane.UNSURE)
    assert gold.own_labels("ada", 9) == [sha(1)]
    house.says(1, LEOPARD, "ada", blind=True, lane=Lane.AGAIN)
    assert gold.own_labels("ada", 9) == []
    house.says(2, WOLF, "bo", blind=True, lane=Lane.AGAIN)  # never said anything before
    found = {(one.sha256, one.lane, one.said, one.expected) for one in gold.answers()}
    assert found == {(sha(0), Lane.GOLD, None, None), (sha(1), Lane.AGAIN, LEOPARD, LION)}
    current = house.ledger.current(sha(1))
    assert current is not None
    assert current.taxon == LION
