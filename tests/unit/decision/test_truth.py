"""What a label says about a taxon that was named."""

import numpy as np
import pytest

from core.decision import covers, label_positions
from core.errors import TaxonomyError
from core.taxonomy import BLANK, OTHER
from tests.unit.decision.forest import is_within, random_tree


def test_labels_find_their_places_and_flags_have_none() -> None:
    tree = random_tree(np.random.default_rng(0), 5)
    found = label_positions(["s3", BLANK, "root", OTHER, "s3"], tree)
    assert found.tolist() == [tree.index("s3"), -1, 0, -1, tree.index("s3")]
    assert label_positions([], tree).tolist() == []


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(TaxonomyError, match="unknown taxon 'unicorn'"):
        label_positions(["s0", "unicorn"], random_tree(np.random.default_rng(0), 2))


def test_a_name_covers_itself_and_everything_below() -> None:
    tree = random_tree(np.random.default_rng(1), 20)
    places = range(-1, len(tree.order))
    named, truth = (grid.ravel() for grid in np.meshgrid(places, places))
    expected = [
        n >= 0 and t >= 0 and is_within(tree, int(t), int(n)) for n, t in zip(named, truth, strict=True)
    ]
    assert covers(tree, named, truth).tolist() == expected
