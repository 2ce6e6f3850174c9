"""From a file to the ledger, once, with whoever said it, and back again."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from core.formats.exchange import ExchangeLabel, ExchangePhoto, Reading, exchange_photo
from core.formats.label_import import LabelImport, action_of, plan_import, retract
from core.store import Box, EventKind, LabelledPhotos, Ledger, open_database
from tests.unit.formats.exchanged import CAT, LION
from tests.unit.store.test_ledger import NOW, photo, says

ACTION = action_of(b"a file")
CUB = replace(LION, comment="the cub")


class World:
    def __init__(self, path: Path) -> None:
        engine = open_database(f"sqlite:///{path}")
        self.ledger, self.photos = Ledger(engine), LabelledPhotos(engine)
        for mark in "ab":
            self.ledger.add_photo(photo(f"{mark}.jpg", mark), size=1, door="cli", at=NOW)
        self.ledger.add_photo(photo("b.jpg", "c"), size=1, door="cli", at=NOW)

    def plan(self, *photos: ExchangePhoto, action: UUID = ACTION, by: str = "me") -> LabelImport:
        return plan_import(
            Reading(photos, ()), action=action, hashes=self.photos.hashes(), by_name=self.photos.hashes_by_name(),
            history=self.ledger.history, standing=self.ledger.standing, annotator=by, at=NOW,
        )  # fmt: skip

    def add(self, plan: LabelImport) -> None:
        assert self.ledger.append_all(plan.acts, received_at=NOW) == {}

    def travelling(self) -> list[ExchangePhoto]:
        return [exchange_photo(record) for record in self.photos.all()]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "x.db")


FULL = ExchangePhoto(
    "a" * 64, "a.jpg", 40, 30, "2025-03-04T05:06:00", person=True, boxes=(Box(0.1, 0.1, 0.2, 0.2),), boxes_by="bob",
    labels=(LION, CAT, CUB),
)  # fmt: skip


def test_what_comes_in_goes_out_again(world: World) -> None:
    world.add(world.plan(FULL))
    assert world.travelling() == [FULL]
    assert {act.lane for act in world.ledger.history("a" * 64)} == {"import"}
    assert {act.action for act in world.ledger.history("a" * 64)} == {ACTION}


def test_twice_adds_nothing(world: World) -> None:
    world.add(world.plan(FULL))
    before = world.ledger.history("a" * 64)
    world.add(world.plan(FULL))
    assert world.ledger.history("a" * 64) == before


def test_our_own_export_adds_nothing(world: World) -> None:
    world.ledger.append(says("panthera-leo"), received_at=NOW)
    plan = world.plan(*world.travelling())
    assert (plan.acts, plan.known, plan.problems) == ((), 1, ())


def test_another_person_saying_the_same_is_news(world: World) -> None:
    world.ledger.append(says("panthera-leo"), received_at=NOW)
    plan = world.plan(ExchangePhoto(file="a.jpg", labels=(ExchangeLabel("panthera-leo", "bob"),)))
    assert [(act.kind, act.annotator, act.acted_at) for act in plan.acts] == [(EventKind.ASSERT, "bob", NOW)]


def test_taking_back_and_importing_again(world: World) -> None:
    world.ledger.append(says("panthera-pardus"), received_at=NOW)
    world.add(world.plan(FULL))
    undos = retract(world.photos.of_action(ACTION), annotator="me", at=NOW)
    assert len(undos) == 5
    world.ledger.append_all(undos, received_at=NOW)
    assert world.ledger.current("a" * 64).taxon == "panthera-pardus"
    assert world.photos.of_action(ACTION) == []
    world.add(world.plan(FULL))
    assert world.ledger.current("a" * 64).taxon == "panthera-leo"
    assert len(world.photos.of_action(ACTION)) == 5


def test_names_find_their_photo(world: World) -> None:
    label = (ExchangeLabel(None),)
    for name in ("a.jpg", "cam 1/a.jpg", "cam 1\\a.jpg"):
        plan = world.plan(ExchangePhoto(file=name, labels=label))
        assert [(act.sha256[0], act.kind, act.annotator) for act in plan.acts] == [
            ("a", EventKind.NOT_ANIMAL, "me")
        ]


def test_photos_that_cannot_be_told_are_problems(world: World) -> None:
    label = (ExchangeLabel("panthera-leo"),)
    plan = world.plan(
        ExchangePhoto(file="gone.jpg", labels=label),
        ExchangePhoto(file="b.jpg", labels=label),
        ExchangePhoto("d" * 64, "d.jpg", labels=label),
        ExchangePhoto("a" * 64, labels=label),
        ExchangePhoto(file="a.jpg", labels=label),
    )
    assert len(plan.acts) == 1
    for problem, words in zip(
        plan.problems,
        (
            "no photo is called 'gone.jpg'",
            "2 photos are called 'b.jpg'",
            "d.jpg (dddddddddddd) is not",
            "a.jpg is the same",
        ),
        strict=True,
    ):
        assert words in problem
