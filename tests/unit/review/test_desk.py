"""What lies before somebody who reviews."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from core.review import POLICIES, Desk, Status
from core.review.queue import is_audit
from core.store import EventKind, Gold, GoldPhoto, HigherRankReason, Lane
from tests.review_house import LEOPARD, LION, NOW, TREE, WOLF, House, build, sha

ORDINARY = [n for n in range(100) if not is_audit(sha(n))]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return build(tmp_path)


def desk(house: House, policy: str = "solo", threatened: frozenset[str] = frozenset()) -> Desk:
    return Desk(
        house.ledger, house.queue, house.events, TREE, POLICIES[policy], threatened, {LION: 99, WOLF: 99}
    )


def given(at_desk: Desk, by: str = "ada", limit: int = 50) -> list[str]:
    return [one.photo.sha256 for one in at_desk.next_for(by, limit=limit, at=NOW)]


def test_new_photos_get_their_place_once_and_doubts_come_first(house: House) -> None:
    for number, chance in zip(ORDINARY[:3], (0.9, 0.3, 0.6), strict=True):
        house.add(number, chance=chance)
    at_desk = desk(house)
    assert at_desk.place_new(at=NOW) == 3
    assert at_desk.place_new(at=NOW) == 0
    assert given(at_desk) == [sha(ORDINARY[n]) for n in (1, 2, 0)]


def test_many_new_photos_are_counted_as_they_get_their_place_whatever_camera(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.review.desk.AT_ONCE", 2)
    for number in range(5):
        house.add(number, at=10 * number, camera="AB"[number % 2])
    told: list[int] = []
    assert desk(house).place_new(at=NOW, tell=told.append) == 5
    assert told == [2, 4]
    assert house.events.sizes([sha(n) for n in range(6)]) == {sha(n): 3 - n % 2 for n in range(5)}


def test_a_burst_is_one_item_that_shows_all_its_photos(house: House) -> None:
    for number in range(5):
        house.add(ORDINARY[number], chance=0.9 - number / 10, at=10 * number)
    house.add(ORDINARY[9], chance=0.2, at=9000)
    at_desk = desk(house)
    at_desk.place_new(at=NOW)
    first, second = at_desk.next_for("ada", limit=9, at=NOW)
    assert first.photo.sha256 == sha(ORDINARY[4])  # one answer settles five
    assert [member.sha256 for member in first.event] == [sha(ORDINARY[n]) for n in range(5)]
    assert (second.photo.sha256, second.event) == (sha(ORDINARY[9]), ())
    house.says(ORDINARY[4], LION)
    assert given(at_desk)[0] != sha(ORDINARY[4])
    assert sha(ORDINARY[3]) in given(at_desk)


def test_what_was_put_off_comes_last_and_again(house: House) -> None:
    for number in ORDINARY[:3]:
        house.add(number, chance=0.5 + number / 1000)
    at_desk = desk(house)
    at_desk.place_new(at=NOW)
    first = given(at_desk)[0]
    house.says(next(n for n in ORDINARY if sha(n) == first), None, kind=EventKind.SKIP)
    assert given(at_desk)[-1] == first
    assert len(given(at_desk)) == 3


def test_two_must_agree_and_a_dispute_comes_first(house: House) -> None:
    one, two, three = ORDINARY[:3]
    for number in (one, two, three):
        house.add(number, chance=0.5)
    at_desk = desk(house, "two")
    at_desk.place_new(at=NOW)
    house.says(two, LION, "ada")
    at_desk.settle([sha(two)])
    assert sha(two) not in given(at_desk, "ada")
    assert sha(two) in given(at_desk, "bo")
    house.says(two, LEOPARD, "bo")
    at_desk.settle([sha(two)])
    (first, *_) = at_desk.next_for("eve", limit=5, at=NOW)
    assert (first.photo.sha256, first.photo.lane) == (sha(two), Lane.DISPUTED)
    assert at_desk.agreed_on(sha(two)).status is Status.CONTESTED
    house.says(two, LION, "eve", lane=Lane.DISPUTED)
    at_desk.settle([sha(two)])
    assert all(sha(two) not in given(at_desk, who) for who in ("ada", "bo", "eve", "fay"))


def test_a_threatened_species_asks_for_one_more(house: House) -> None:
    house.add(ORDINARY[0])
    at_desk = desk(house, "two", frozenset({LION}))
    at_desk.place_new(at=NOW)
    for who in ("ada", "bo"):
        house.says(ORDINARY[0], LION, who)
        at_desk.settle([sha(ORDINARY[0])])
    assert given(at_desk, "eve")
    house.says(ORDINARY[0], LION, "eve")
    at_desk.settle([sha(ORDINARY[0])])
    assert not given(at_desk, "fay")


def test_blind_tests_and_further_animals_are_no_votes(house: House) -> None:
    house.add(0)
    house.says(0, LION, "ada")
    house.says(0, WOLF, "bo", blind=True)
    house.says(0, WOLF, "bo", subject=uuid4())
    found = desk(house).agreed_on(sha(0))
    assert (found.taxon, found.voters) == (LION, 1)


def test_ruling_out_what_was_suggested_is_a_vote_against_it(house: House) -> None:
    house.add(0)
    for who in ("ada", "bo"):
        house.says(0, LION, who)
    reason = HigherRankReason.NOT_THE_SUGGESTED
    house.says(0, "panthera", "eve", reason=reason, shown_taxon=LION)
    assert desk(house).agreed_on(sha(0)).taxon == "panthera"


def test_a_lease_keeps_two_people_apart(house: House) -> None:
    for number in ORDINARY[:4]:
        house.add(number, chance=0.5 + number / 1000)
        house.says(number, None, "ada", kind=EventKind.NOTE)
    at_desk = desk(house)
    at_desk.place_new(at=NOW)
    mine = given(at_desk, "ada", 2)
    house.leases.hold("ada", mine, at=NOW)
    assert not set(mine) & set(given(at_desk, "bo"))
    later = at_desk.next_for("bo", limit=9, at=NOW + timedelta(minutes=30))
    assert len(later) == 4


def test_a_test_comes_now_and_then_and_only_to_who_has_not_seen_it(house: House) -> None:
    for number in ORDINARY[:60]:
        house.add(number, chance=0.5)
    gold = Gold(house.engine)
    gold.add(
        [GoldPhoto(sha(ORDINARY[0]), LION, "expert"), GoldPhoto(sha(ORDINARY[1]), LION, "expert")], at=NOW
    )
    tested = replace(desk(house), gold=gold)
    tested.place_new(at=NOW)
    for number in ORDINARY[:2]:
        house.says(number, LION, "expert")
    given_now = tested.next_for("ada", limit=60, at=NOW)
    places = [place for place, one in enumerate(given_now, 1) if one.photo.lane == Lane.GOLD]
    assert places == [26, 52]
    assert len({one.photo.sha256 for one in given_now}) == len(given_now)
    for number in ORDINARY[:2]:
        house.says(number, WOLF, "ada", blind=True, lane=Lane.GOLD)
    house.says(ORDINARY[2], LION, "ada", lane=Lane.UNSURE)
    lanes = [one.photo.lane for one in tested.next_for("ada", limit=60, at=NOW)]
    assert Lane.GOLD not in lanes
    assert Lane.AGAIN not in lanes
    again = [one.photo for one in replace(tested, asks_again=True).next_for("ada", limit=60, at=NOW)]
    assert [photo.sha256 for photo in again if photo.lane == Lane.AGAIN] == [sha(ORDINARY[2])]
