"""What photos that look alike tell a reviewer."""

import numpy as np
import pytest

from core.media.embeddings import Neighbour
from core.review.similarity import Disagreement, disagreeing_neighbours, walk_order
from tests.unit.formats.exchanged import TREE

LION, LEOPARD = "panthera-leo", "panthera-pardus"


def near(*names: str) -> list[Neighbour]:
    return [Neighbour(name, 0.9) for name in names]


def test_most_neighbours_must_contradict() -> None:
    labels = {"x": LEOPARD, "a": LION, "b": LION, "c": LION, "d": LEOPARD, "e": None}
    around = {"x": near("x", "a", "b", "c", "d", "e", "unlabelled")}
    assert disagreeing_neighbours(labels, around, TREE) == [Disagreement("x", LEOPARD, LION, 0.6)]
    assert disagreeing_neighbours(labels, around, TREE, share=0.61) == []


def test_a_family_does_not_contradict_its_species() -> None:
    labels: dict[str, str | None] = {"x": "felidae", "a": LION, "b": LION, "c": LION}
    around = {"x": near("a", "b", "c")}
    assert disagreeing_neighbours(labels, around, TREE) == []
    assert disagreeing_neighbours(labels | {"x": None}, around, TREE)[0].theirs == LION
    assert (
        disagreeing_neighbours({"x": LION, "a": None, "b": None, "c": None}, around, TREE)[0].theirs is None
    )


def test_too_few_say_nothing_and_the_clearest_comes_first() -> None:
    labels = {"x": LEOPARD, "y": LEOPARD, "a": LION, "b": LION, "c": LION, "d": LEOPARD}
    around = {"x": near("a", "b", "c", "d"), "y": near("a", "b", "c"), "stranger": near("a", "b", "c")}
    assert [one.sha256 for one in disagreeing_neighbours(labels, around, TREE)] == ["y", "x"]
    assert disagreeing_neighbours(labels, {"x": near("a", "b", "x", "gone")}, TREE) == []


def test_similar_photos_lie_together_and_odd_ones_come_first() -> None:
    random = np.random.default_rng(0)
    centres = np.eye(3, 16) * 10
    group = random.permutation(np.repeat(np.arange(3), 20))
    vectors = centres[group] + random.normal(scale=0.5, size=(60, 16))
    vectors[7] = np.eye(16)[15] * 10
    order = walk_order(vectors.astype(np.float32))
    assert sorted(order) == list(range(60))
    assert order[0] == 7
    walked = group[order[order != 7]]
    assert np.count_nonzero(np.diff(walked)) == 2


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_few_photos_have_an_order_too(count: int) -> None:
    assert sorted(walk_order(np.eye(count, 4, dtype=np.float32))) == list(range(count))


def test_photos_that_are_all_the_same() -> None:
    assert sorted(walk_order(np.ones((9, 4), np.float32))) == list(range(9))
