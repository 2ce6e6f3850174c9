"""What is taken for what, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from core.evaluation.confusion import confused_pairs, rank_confusion, species_rows
from core.evaluation.outcomes import compare
from core.taxonomy import BLANK, HUMAN, Rank
from tests.unit.evaluation.worlds import CLASSES, TREE, drawn


@pytest.fixture(scope="module")
def world():
    labels, probabilities = drawn(400)
    guesses = [CLASSES[i] for i in probabilities.argmax(axis=1)]
    return labels, guesses, compare(y_true=labels, y_prob=probabilities, classes=CLASSES, taxonomy=TREE)


def test_cells_are_those_of_scikit_learn_in_tree_order(world) -> None:
    labels, guesses, outcomes = world
    found = rank_confusion(outcomes.ranks[Rank.SPECIES])
    assert found.taxa == (*(leaf.id for leaf in TREE.leaves), BLANK, HUMAN)
    matrix = np.zeros((17, 17), int)
    for truth, guess, n in found.cells:
        matrix[truth, guess] = n
    assert matrix.tolist() == confusion_matrix(labels, guesses, labels=found.taxa).tolist()
    assert all(n > 0 for _, _, n in found.cells)


def test_pairs_are_sorted_and_know_how_near_they_are(world) -> None:
    labels, guesses, outcomes = world
    found = confused_pairs(outcomes, most=1000)
    assert sum(pair.count for pair in found) == sum(a != b for a, b in zip(labels, guesses, strict=True))
    assert [pair.count for pair in found] == sorted((pair.count for pair in found), reverse=True)
    for pair in found:
        assert pair.share == pytest.approx(pair.count / labels.count(pair.truth))
        if {pair.truth, pair.guess} & {BLANK, HUMAN}:
            assert pair.shared_rank is None
        elif pair.truth.startswith("s0") and pair.guess.startswith("s0"):
            assert pair.shared_rank == "genus"
        else:
            assert pair.shared_rank in ("genus", "family", "order")
    assert len(confused_pairs(outcomes, most=3)) == 3


def test_no_mistakes_are_no_pairs() -> None:
    outcomes = compare(y_true=["s0-0"], y_prob=np.eye(17)[[1]], classes=CLASSES, taxonomy=TREE)
    assert confused_pairs(outcomes) == ()


def test_every_class_has_a_row(world) -> None:
    labels, guesses, outcomes = world
    rows = species_rows(outcomes, trained={"s0-0": 7})
    names = [row.id for row in rows]
    assert names == [*(leaf.id for leaf in TREE.leaves), BLANK, HUMAN]
    expected = precision_recall_fscore_support(labels, guesses, labels=names)
    for found, known in zip(("precision", "recall", "f1", "n"), expected, strict=True):
        assert [getattr(row, found) for row in rows] == pytest.approx(known.tolist())
    assert [row.n_train for row in rows[:2]] == [7, 0]
    for row in rows:
        assert row.interval[0] < row.recall < row.interval[1]
        missed = [g for t, g in zip(labels, guesses, strict=True) if t == row.id != g]
        assert missed.count(row.mistaken_for) == max(map(missed.count, missed))


def test_a_burst_is_one_piece_of_evidence_and_unseen_species_have_no_figures() -> None:
    rows = np.eye(17)[[1] * 20]
    outcomes = compare(y_true=["s0-0"] * 20, y_prob=rows, classes=CLASSES, taxonomy=TREE)
    alone, burst = (species_rows(outcomes, clusters=names)[0] for names in ([""] * 20, ["one burst"] * 20))
    assert alone.interval[0] > 0.8
    assert burst.interval[0] < 0.3
    unseen = species_rows(outcomes)[1]
    assert (unseen.n, unseen.recall, unseen.precision, unseen.f1, unseen.interval) == (
        0,
        None,
        None,
        None,
        None,
    )
