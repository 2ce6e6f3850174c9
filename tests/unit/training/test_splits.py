"""Train, val, test: whole groups, once and for ever."""

import hashlib
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TrainingError
from core.store.splits import PhotoFacts
from core.training.splits import LEAST_CAMERAS, SHARES, assign_splits, refuse_leaks


def photo(number: int, **facts: object) -> PhotoFacts:
    return PhotoFacts(hashlib.sha256(str(number).encode()).hexdigest(), **facts)  # type: ignore[arg-type]


def bits(value: int) -> str:
    return f"{value:016x}"


def settle(photos: list[PhotoFacts]) -> list[PhotoFacts]:
    """Return the photos as the database gives them after the assignment was kept."""
    found = assign_splits(photos)
    splits = {p.group: p.split for p in photos if p.group} | {
        group.key: group.split for group in found.groups
    }
    groups = {p.sha256: p.group for p in photos} | dict(found.members)
    return [replace(p, group=groups[p.sha256], split=splits[groups[p.sha256]]) for p in photos]


def test_bursts_and_near_duplicates_stay_together() -> None:
    photos = [
        photo(1, burst="7"), photo(2, burst="7"), photo(3, perceptual=bits(0b1011)), photo(4, perceptual=bits(0b1000)),
        photo(5, perceptual=bits(2**60 - 1)), photo(6, perceptual=bits(0b1001), burst="7"),
    ]  # fmt: skip
    a, b, c, d, e, f = settle(photos)
    assert len({one.group for one in (a, b, c, d, f)}) == 1
    assert e.group != a.group


def test_the_same_photos_get_the_same_splits_in_any_order() -> None:
    photos = [photo(n, label=f"taxon-{n % 7}") for n in range(60)]
    once, again = settle(photos), settle(photos[::-1])
    assert {p.sha256: (p.group, p.split) for p in once} == {p.sha256: (p.group, p.split) for p in again}


def test_a_common_taxon_is_split_by_chance_as_promised() -> None:
    found = Counter(one.split for one in settle([photo(n, label="deer") for n in range(2000)]))
    for split, share in SHARES.items():
        assert found[split] / 2000 == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(
    ("n", "splits"), [(1, {"train"}), (2, {"train"}), (3, {"train", "val"}), (7, set(SHARES))]
)
def test_a_rare_taxon_is_judged_as_soon_as_it_can_be(n: int, splits: set[str]) -> None:
    common = [photo(100 + k, label="deer") for k in range(50)]
    rare = settle([*common, *(photo(k, label="okapi") for k in range(n))])[-n:]
    assert {one.split for one in rare} == splits


def test_a_correction_never_moves_a_photo() -> None:
    before = settle([photo(n, label="lion" if n % 2 else "leopard") for n in range(40)])
    corrected = [replace(one, label="okapi") for one in before]
    assert assign_splits(corrected) == assign_splits(before)
    assert not assign_splits(corrected).members


def test_a_newcomer_joins_the_group_it_belongs_to() -> None:
    (first,) = settle([photo(1, burst="7")])
    both = settle([first, photo(2, burst="7")])
    assert both[1].group == first.group
    assert both[1].split == first.split


def test_groups_that_merge_across_splits_are_quarantined() -> None:
    train, test = photo(1, group="a" * 64, split="train"), photo(2, group="b" * 64, split="test")
    more = photo(3, group="a" * 64, split="train")
    bridge = photo(4, burst="7")
    found = settle([replace(train, burst="7"), replace(test, burst="7"), more, bridge])
    assert {one.split for one in found} == {"none"}
    assert len({one.group for one in found}) == 1
    later = settle([*found, photo(5, burst="7")])
    assert later[-1].split == "none"
    assert later[-1].group == found[0].group


def test_groups_that_merge_within_a_split_stay() -> None:
    photos = [
        photo(1, group="a" * 64, split="train", burst="7"),
        photo(2, group="b" * 64, split="train", burst="7"),
    ]
    assert not assign_splits(photos).groups
    assert not assign_splits(photos).members


def test_whole_cameras_are_split_once_there_are_enough() -> None:
    few = settle([photo(n, deployment=f"camera {n % (LEAST_CAMERAS - 1)}") for n in range(80)])
    assert len({one.group for one in few}) == 80
    many = settle([photo(n, deployment=f"camera {n % LEAST_CAMERAS}") for n in range(80)])
    assert len({one.group for one in many}) == LEAST_CAMERAS
    # A camera that was spread while there were few is not put into quarantine when more come.
    later = settle([*few, *(photo(1000 + n, deployment=f"new {n}") for n in range(9))])
    assert "none" not in {one.split for one in later}


def test_a_planted_leak_is_refused() -> None:
    sound = [
        photo(1, burst="7", group="a" * 64, split="train"),
        photo(2, burst="7", group="a" * 64, split="train"),
    ]
    refuse_leaks(sound)
    for leak in (
        [sound[0], replace(sound[1], split="test")],
        [photo(1, perceptual=bits(12), split="train"), photo(2, perceptual=bits(13), split="val")],
    ):
        with pytest.raises(TrainingError, match=r"belong together.*nothing was trained"):
            refuse_leaks(leak)
    refuse_leaks([sound[0], replace(sound[1], split="none")])


facts = st.builds(
    lambda number, burst, value, label: photo(number, burst=burst, perceptual="" if value is None else bits(value), label=label),
    st.integers(0, 10**6), st.sampled_from(["", "1", "2", "3"]),
    st.one_of(st.none(), st.integers(0, 40), st.integers(0, 2**64 - 1)), st.sampled_from([None, "a", "b", "blank"]),
)  # fmt: skip
batches = st.lists(facts, max_size=25, unique_by=lambda one: one.sha256)


@given(batches, batches)
def test_whatever_comes_later_nothing_leaks_and_nothing_moves_but_into_quarantine(first, second) -> None:
    before = settle(first)
    known = {one.sha256 for one in before}
    after = settle([*before, *(one for one in second if one.sha256 not in known)])
    refuse_leaks(after)
    now = {one.sha256: one.split for one in after}
    assert all(now[one.sha256] in (one.split, "none") for one in before)
    assert not assign_splits(after).groups
    assert not assign_splits(after).members
