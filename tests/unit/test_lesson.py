"""What a model would learn from, and why there may be nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.lesson import freeze_lesson, hash_photos, plan_lesson
from core.media import MediaLibrary
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.store import Certainty, DatasetStore, Details, Ledger, SplitStore, open_database
from core.taxonomy import Taxonomy
from core.training.selection import Policy
from tests.seeded import seed
from tests.unit.store.test_ledger import says

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")


class House:
    """Twelve drawn photos, and what is done with them."""

    def __init__(self, data: Path, taxonomy: Taxonomy) -> None:
        self.hashes = seed(data, 12)
        engine = open_database(f"sqlite:///{data / 'fieldmark.db'}")
        self.ledger, self.datasets, self.splits = Ledger(engine), DatasetStore(engine), SplitStore(engine)
        self.library, self.taxonomy = MediaLibrary(data / "media"), taxonomy

    def say(self, number: int, taxon: str | None, by: str = "ada", **more: object) -> None:
        event = says(taxon, by, **more)
        object.__setattr__(event, "sha256", self.hashes[number])
        self.ledger.append(event, received_at=NOW)

    def plan(self, policy: Policy = Policy()):  # noqa: B008
        return plan_lesson(self.datasets, self.splits, self.library, self.taxonomy, policy)

    def freeze(self):
        hash_photos(self.splits, self.library)
        return freeze_lesson(self.datasets, self.splits, self.library, self.taxonomy, Policy(), at=NOW)


@pytest.fixture
def house(tmp_path: Path, taxonomy: Taxonomy) -> House:
    return House(tmp_path, taxonomy)


def test_a_plan_writes_nothing_and_a_frozen_one_is_the_same_again(house: House) -> None:
    for number in range(8):
        house.say(number, "panthera-leo" if number % 2 else "panthera-pardus")
    planned, _ = house.plan()
    assert all(one.split is None for one in house.splits.facts())
    first, manifest = house.freeze()
    assert first.summary.train + first.summary.held_out == len(planned.rows) == 8
    again, same = house.freeze()
    assert same == manifest
    assert again.rows == first.rows
    house.say(0, "panthera-leo")  # a correction moves no photo, and makes another dataset
    later, other = house.freeze()
    assert other != manifest
    assert [row.split for row in later.rows] == [row.split for row in first.rows]


@pytest.mark.parametrize(("act", "reason"), [
    (lambda house: None, "nobody corrected or confirmed"),
    (lambda house: [house.say(1, "panthera-leo"), house.say(1, "panthera-pardus", "bo")], "1: people disagree about it"),
    (lambda house: house.say(1, "panthera-leo", details=Details(Certainty.GUESS)), "1: labelled as a guess"),
    (lambda house: house.say(1, "draco-magnus"), "its label is not in the taxonomy in use"),
    (lambda house: [house.say(1, None), house.library.path(house.hashes[1]).unlink()], "the photo is gone"),
])  # fmt: skip
def test_why_there_is_nothing_to_learn_is_said(house: House, act, reason: str) -> None:
    act(house)
    with pytest.raises(TrainingError, match=reason):
        house.freeze()


def test_a_photo_deleted_since_is_left_out_and_the_others_are_used(house: House) -> None:
    for number in range(4):
        house.say(number, "panthera-leo")
    house.library.path(house.hashes[2]).unlink()
    lesson, _ = house.freeze()
    assert [row.left_out for row in lesson.rows].count("photo_gone") == 1
    assert lesson.summary.train + lesson.summary.held_out == 3


def test_a_planted_leak_stops_the_training(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        house.say(number, "panthera-leo")
    house.freeze()
    facts = house.splits.facts()
    train, held_out = (next(f for f in facts if (f.split == "train") is wanted) for wanted in (True, False))
    # As if the groups had been given out without knowing that these two look alike.
    planted = [one if one.sha256 not in (train.sha256, held_out.sha256) else with_hash(one) for one in facts]
    monkeypatch.setattr(house.splits, "facts", lambda: planted)
    monkeypatch.setattr(
        "core.lesson.assign_splits", lambda photos: type("No", (), {"groups": (), "members": ()})()
    )
    with pytest.raises(TrainingError, match="belong together"):
        house.freeze()


def with_hash(one):
    from dataclasses import replace

    return replace(one, perceptual=f"{12345:016x}")
