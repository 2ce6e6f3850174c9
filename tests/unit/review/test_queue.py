"""Where a photo stands, and in which order photos come."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.review.queue import AUDIT_SHARE, is_audit, one_an_event, place, weave
from core.store import Lane, Place, Unreviewed

THREATENED, LEARNT = (
    frozenset({"panthera-leo"}),
    {"lycaon-pictus": 1, "puma-concolor": 100, "panthera-leo": 100},
)


def photo(number: int, taxon: str = "puma-concolor", chance: float = 0.99) -> Unreviewed:
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    return Unreviewed(sha256, number, taxon, ((taxon, chance),), f"{number}.jpg")


def stands(one: Unreviewed, settles: int = 1) -> Place:
    return place(one, threatened=THREATENED, learnt_from=LEARNT, settles=settles)


ORDINARY = next(n for n in range(100) if not is_audit(photo(n).sha256))


def test_a_doubt_matters_more_where_the_species_is_threatened_or_hardly_known() -> None:
    lion, dog, puma, sure = (
        stands(photo(ORDINARY, taxon, chance))
        for taxon, chance in [("panthera-leo", 0.4), ("lycaon-pictus", 0.4), ("puma-concolor", 0.4), ("puma-concolor", 0.99)]
    )  # fmt: skip
    assert [one.lane for one in (lion, dog, puma, sure)] == [
        Lane.THREATENED,
        Lane.RARE,
        Lane.UNSURE,
        Lane.REST,
    ]
    assert lion.priority > dog.priority > puma.priority > sure.priority


def test_an_answer_that_settles_more_photos_is_worth_more() -> None:
    assert stands(photo(ORDINARY), settles=3).priority == 3 * stands(photo(ORDINARY)).priority


def test_a_photo_without_a_candidate_is_unsure() -> None:
    bare = Unreviewed("f" * 64, 1, None, (), "x.jpg")
    assert stands(bare) == Place("f" * 64, 1, Lane.UNSURE, 1.0, audit=False)


def test_a_photo_without_an_animal_names_no_species_and_is_as_unsure_as_the_species_that_it_may_show() -> (
    None
):
    def empty(chance: float) -> Place:
        sha256 = photo(ORDINARY).sha256
        return stands(Unreviewed(sha256, 1, "blank", (("panthera-leo", chance),), "x.jpg"))

    assert (empty(0.01).lane, empty(0.3).lane) == (Lane.REST, Lane.UNSURE)
    assert empty(0.01).priority < empty(0.3).priority == pytest.approx(0.3)


def test_one_in_ten_is_an_audit_whatever_the_model_says() -> None:
    audits = {n for n in range(2000) if stands(photo(n, "panthera-leo", 0.1)).audit}
    assert audits == {n for n in range(2000) if stands(photo(n)).audit}
    assert 0.08 < len(audits) / 2000 < 0.12
    order = [stands(photo(n)).priority for n in sorted(audits)]
    assert len(set(order)) == len(order)
    assert order != sorted(order)


@given(st.lists(st.integers()), st.lists(st.integers()))
def test_weaving_leaves_nothing_out_and_keeps_both_orders(others: list[int], audits: list[int]) -> None:
    woven = list(weave([(n, "o") for n in others], [(n, "a") for n in audits]))
    assert [n for n, kind in woven if kind == "o"] == others
    assert [n for n, kind in woven if kind == "a"] == audits
    places = [number for number, (_, kind) in enumerate(woven, 1) if kind == "a"]
    full = min(len(audits), len(others) // (AUDIT_SHARE - 1))
    assert places[:full] == [AUDIT_SHARE * n for n in range(1, full + 1)]


def test_an_event_is_shown_by_its_most_valuable_photo() -> None:
    photos = [photo(n) for n in range(5)]
    event_of = {photos[1].sha256: 7, photos[3].sha256: 7, photos[4].sha256: 8}
    assert list(one_an_event(photos, event_of)) == [photos[0], photos[1], photos[2], photos[4]]
