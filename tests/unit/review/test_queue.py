"""Which photo comes next."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from core.review.queue import AUDIT_SHARE, Lane, order_queue
from core.store import Unreviewed

THREATENED, LEARNT = (
    frozenset({"panthera-leo"}),
    {"lycaon-pictus": 1, "puma-concolor": 100, "panthera-leo": 100},
)


def photo(number: int, taxon: str = "puma-concolor", chance: float = 0.99) -> Unreviewed:
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    return Unreviewed(sha256, number, taxon, ((taxon, chance),), f"{number}.jpg")


def others(items) -> list:
    return [item for item in items if item.lane is not Lane.AUDIT]


def test_threatened_then_rare_then_unsure_then_the_rest() -> None:
    photos = [
        *(photo(n) for n in range(20)),
        *(photo(n, chance=0.4) for n in range(20, 40)),
        *(photo(n, "lycaon-pictus") for n in range(40, 60)),
        *(photo(n, "panthera-leo") for n in range(60, 80)),
    ]
    lanes = [item.lane for item in others(order_queue(photos, threatened=THREATENED, learnt_from=LEARNT))]
    assert lanes == sorted(lanes, key=[Lane.THREATENED, Lane.RARE, Lane.UNSURE, Lane.REST].index)
    assert set(lanes) == {Lane.THREATENED, Lane.RARE, Lane.UNSURE, Lane.REST}


def test_the_least_sure_comes_first_within_a_lane() -> None:
    found = order_queue(
        [photo(n, chance=n / 100) for n in range(50)], threatened=THREATENED, learnt_from=LEARNT
    )
    chances = [item.photo.top_k[0][1] for item in others(found)]
    assert chances == sorted(chances)


def test_one_in_ten_is_an_audit_whatever_the_model_says() -> None:
    found = order_queue(
        [photo(n, "panthera-leo", 0.1) for n in range(2000)], threatened=THREATENED, learnt_from=LEARNT
    )
    audits = [place for place, item in enumerate(found, 1) if item.lane is Lane.AUDIT]
    assert 0.08 < len(audits) / 2000 < 0.12
    assert audits[:10] == [AUDIT_SHARE * n for n in range(1, 11)]
    chosen = {item.photo.sha256 for item in found if item.lane is Lane.AUDIT}
    again = order_queue(
        [photo(n, "puma-concolor", 0.9) for n in range(2000)], threatened=THREATENED, learnt_from=LEARNT
    )
    assert {item.photo.sha256 for item in again if item.lane is Lane.AUDIT} == chosen


@given(st.lists(st.integers(0, 10_000), unique=True, max_size=60))
def test_nothing_is_left_out_and_the_order_of_the_photos_does_not_matter(numbers: list[int]) -> None:
    photos = [photo(n, chance=(n % 100) / 100) for n in numbers]
    found = order_queue(photos, threatened=THREATENED, learnt_from=LEARNT)
    assert {item.photo for item in found} == set(photos)
    assert found == order_queue(photos[::-1], threatened=THREATENED, learnt_from=LEARNT)


def test_a_photo_without_a_candidate_is_unsure() -> None:
    bare = Unreviewed("f" * 64, 1, None, (), "x.jpg")
    assert others(order_queue([bare], threatened=THREATENED, learnt_from=LEARNT))[0].lane is Lane.UNSURE
