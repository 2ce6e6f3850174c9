"""Labels against probabilities, once and for all figures."""

import numpy as np
import pytest

from core.errors import TaxonomyError
from core.evaluation import outcomes as module
from core.evaluation.outcomes import UNKNOWN, compare
from core.taxonomy import BLANK, HUMAN, Rank
from tests.unit.evaluation.worlds import CLASSES, TREE, drawn


def test_every_rank_is_a_sum_over_classes() -> None:
    labels, probabilities = drawn()
    found = compare(y_true=labels, y_prob=probabilities, classes=CLASSES, taxonomy=TREE)
    family = found.ranks[Rank.FAMILY]
    names = [TREE.lineage(c)[4].id if c in TREE else c for c in CLASSES]
    summed = np.stack(
        [probabilities[:, [n == taxon for n in names]].sum(axis=1) for taxon in family.taxa], axis=1
    )
    assert family.taxa == ("family0", "family1", BLANK, HUMAN)
    assert (family.guess == summed.argmax(axis=1)).all()
    place = [
        np.argsort(-row, kind="stable").tolist().index(t) for row, t in zip(summed, family.truth, strict=True)
    ]
    assert family.place.tolist() == place


def test_species_without_a_genus_stand_for_themselves() -> None:
    found = compare(y_true=["s4-0"], y_prob=np.eye(17)[[1]], classes=CLASSES, taxonomy=TREE)
    genus = found.ranks[Rank.GENUS]
    assert {"s4-0", "s4-1", "s4-2"} <= set(genus.taxa)
    assert genus.taxa[genus.truth[0]] == "s4-0"


def test_a_coarse_label_counts_down_to_its_rank() -> None:
    found = compare(y_true=["genus0"], y_prob=np.eye(17)[[1]], classes=CLASSES, taxonomy=TREE)
    assert found.truth[0] == UNKNOWN
    known = [rank.truth[0] != UNKNOWN for rank in found.ranks]
    assert known == [True] * 6 + [False]


def test_figures_of_the_best_class() -> None:
    labels, probabilities = drawn(50)
    found = compare(y_true=labels, y_prob=probabilities, classes=CLASSES, taxonomy=TREE)
    certain = np.eye(len(CLASSES))[found.truth]
    assert found.squared_error == pytest.approx(((probabilities - certain) ** 2).sum(axis=1))
    assert found.truth_probability == pytest.approx((probabilities * certain).sum(axis=1))
    assert found.right.tolist() == [CLASSES[g] == label for g, label in zip(found.guess, labels, strict=True)]


def test_slices_change_nothing(monkeypatch) -> None:
    labels, probabilities = drawn(100)
    whole = compare(y_true=labels, y_prob=probabilities, classes=CLASSES, taxonomy=TREE)
    monkeypatch.setattr(module, "SLICE", 7)
    parts = compare(y_true=labels, y_prob=probabilities, classes=CLASSES, taxonomy=TREE)
    assert (whole.path == parts.path).all()
    assert (whole.path_right == parts.path_right).all()
    for one, other in zip(whole.ranks, parts.ranks, strict=True):
        assert (one.place == other.place).all()
        assert (one.truth == other.truth).all()


def test_rows_can_be_taken_twice() -> None:
    labels, probabilities = drawn(20)
    found = compare(
        y_true=labels, y_prob=probabilities, classes=CLASSES, taxonomy=TREE, novelty=np.arange(20) / 20
    )
    taken = found.take(np.array([3, 3, 5]))
    assert len(taken) == 3
    assert taken.novelty.tolist() == [0.15, 0.15, 0.25]
    assert taken.ranks[6].guess.tolist() == found.ranks[6].guess[[3, 3, 5]].tolist()


def test_bad_input_is_refused() -> None:
    labels, probabilities = drawn(5)
    with pytest.raises(ValueError, match="4 labels for 5 rows"):
        compare(y_true=labels[:4], y_prob=probabilities, classes=CLASSES, taxonomy=TREE)
    with pytest.raises(TaxonomyError, match="unknown taxon 'yeti'"):
        compare(y_true=["yeti"], y_prob=probabilities[:1], classes=CLASSES, taxonomy=TREE)


def test_no_photos_at_all_are_no_rows() -> None:
    found = compare(y_true=[], y_prob=np.empty((0, 17)), classes=CLASSES, taxonomy=TREE)
    assert len(found) == 0
