"""Labelled photos that deserve a second look."""

from pathlib import Path

import numpy as np
import pytest

from core.media.embeddings import EmbeddingStore
from core.review.second_look import contradicted, doubtful, flipped, unlike_neighbours
from core.store import Flip, Lane, Opinion
from core.taxonomy import BLANK
from tests.review_house import LEOPARD, LION, TREE, WOLF

CASES = [
    (LION, LION, False), (LION, "panthera", False), ("panthera", LION, False), (LION, LEOPARD, True),
    ("canidae", LION, True), (None, BLANK, False), (None, LION, True), (LION, BLANK, True), (LION, None, False),
    ("unicorn", LION, False),
]  # fmt: skip


@pytest.mark.parametrize(("label", "displayed", "differs"), CASES)
def test_only_what_cannot_both_be_true_is_a_contradiction(
    label: str | None, displayed: str | None, differs: bool
) -> None:
    assert bool(contradicted([Opinion("a" * 64, label, 1, displayed, 0.95)], TREE)) is differs


def test_the_surest_comes_first_and_doubts_do_not_come_at_all() -> None:
    found = contradicted(
        [
            Opinion(mark * 64, WOLF, 1, LION, sure)
            for mark, sure in zip("abc", (0.91, 0.5, 0.99), strict=True)
        ],
        TREE,
    )
    assert [(place.sha256[0], place.lane) for place in found] == [
        ("c", Lane.CONTRADICTED),
        ("a", Lane.CONTRADICTED),
    ]


def test_a_photo_among_photos_that_are_labelled_otherwise_comes_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = [f"{number:064x}" for number in range(12)]
    centres = np.repeat(np.eye(2, 16), 6, axis=0)
    store = EmbeddingStore(tmp_path, "m" * 64)
    store.add(names, centres + rng.normal(0, 0.01, centres.shape))
    labels = [LION] * 6 + [WOLF] * 6
    labels[2] = WOLF
    opinions = [Opinion(name, label, 1, None, 0.5) for name, label in zip(names, labels, strict=True)]
    found = unlike_neighbours(opinions, store, TREE, around=5)
    assert [(place.sha256, place.lane) for place in found] == [(names[2], Lane.NEIGHBOURS)]
    assert unlike_neighbours([], store, TREE) == []
    assert unlike_neighbours(opinions, EmbeddingStore(tmp_path, "n" * 64), TREE) == []


def test_photos_of_which_a_new_model_says_something_else_come_again() -> None:
    flips = [Flip("a" * 64, LION, LEOPARD), Flip("b" * 64, None, LION)]
    (found,) = flipped(flips, {"a" * 64: 7})
    assert (found.sha256, found.prediction, found.lane) == ("a" * 64, 7, Lane.FLIPPED)


def test_a_label_that_all_others_speak_against_is_doubted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = [f"{number:064x}" for number in range(40)]
    centres = np.repeat(np.eye(2, 16), 20, axis=0)
    store = EmbeddingStore(tmp_path, "m" * 64)
    store.add(names, centres + rng.normal(0, 0.05, centres.shape))
    labels = [LION] * 20 + [WOLF] * 20
    labels[7] = WOLF
    opinions = [Opinion(name, label, 1, None, 0.5) for name, label in zip(names, labels, strict=True)]
    found = doubtful(opinions, store, TREE, {})
    assert [(place.sha256, place.lane) for place in found] == [(names[7], Lane.SUSPECT)]
    assert doubtful(opinions[:3], store, TREE, {}) == []
    same = {name: "one event" for name in names}
    assert doubtful(opinions, store, TREE, same) == []  # nothing is left to judge by
