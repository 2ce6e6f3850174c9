"""Top-k, F1 and recall at every rank, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import (
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
    top_k_accuracy_score,
)

from core.evaluation.outcomes import compare
from core.evaluation.ranks import counts, exact_path, score_rank
from core.taxonomy import Rank
from tests.unit.evaluation.worlds import CLASSES, TREE, drawn


@pytest.mark.parametrize("rank", [Rank.FAMILY, Rank.GENUS, Rank.SPECIES], ids=lambda rank: rank.label)
def test_scores_agree_with_scikit_learn(rank: Rank) -> None:
    labels, probabilities = drawn(500)
    outcomes = compare(y_true=labels, y_prob=probabilities, classes=CLASSES, taxonomy=TREE).ranks[rank]
    found = score_rank(outcomes)
    names = [next((t.id for t in TREE.lineage(c) if t.rank is rank), c) if c in TREE else c for c in CLASSES]
    summed = np.stack(
        [probabilities[:, [n == taxon for n in names]].sum(axis=1) for taxon in outcomes.taxa], axis=1
    )
    truth, guess = outcomes.truth, summed.argmax(axis=1)
    assert found.n == 500
    assert found.top_1 == pytest.approx((truth == guess).mean())
    numbers = range(len(outcomes.taxa))
    assert found.top_3 == pytest.approx(top_k_accuracy_score(truth, summed, k=3, labels=numbers))
    if len(outcomes.taxa) > 5:
        assert found.top_5 == pytest.approx(top_k_accuracy_score(truth, summed, k=5, labels=numbers))
    assert found.macro_f1 == pytest.approx(f1_score(truth, guess, average="macro", zero_division=0))
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(truth, guess))


def test_counts_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    truth, guess = rng.integers(0, 6, 80), rng.integers(0, 7, 80)  # one class is never shown
    found = counts(y_true=truth, y_pred=guess, size=7)
    options = {"labels": range(7), "average": None, "zero_division": 0}
    assert found.precision == pytest.approx(precision_score(truth, guess, **options))
    assert found.recall == pytest.approx(recall_score(truth, guess, **options))
    assert found.f1 == pytest.approx(f1_score(truth, guess, **options))


def test_labels_above_the_rank_are_left_out() -> None:
    rows = np.eye(17)[[1, 1]]  # surely s0-0
    found = compare(y_true=["s0-0", "genus1"], y_prob=rows, classes=CLASSES, taxonomy=TREE)
    species, genus = score_rank(found.ranks[Rank.SPECIES]), score_rank(found.ranks[Rank.GENUS])
    assert (species.n, species.top_1) == (1, 1.0)
    assert (genus.n, genus.top_1) == (2, 0.5)
    none = compare(y_true=["genus1"], y_prob=rows[:1], classes=CLASSES, taxonomy=TREE)
    assert score_rank(none.ranks[Rank.SPECIES]).n == 0
    assert exact_path(none) is None


def test_the_best_species_may_lie_outside_the_best_genus() -> None:
    """Two species of a genus together beat the best species: right species, wrong genus."""
    rows = np.zeros((1, 17))
    rows[0, [CLASSES.index("s0-0"), CLASSES.index("s1-0"), CLASSES.index("s1-1")]] = 0.4, 0.35, 0.25
    found = compare(y_true=["s0-0"], y_prob=rows, classes=CLASSES, taxonomy=TREE)
    assert score_rank(found.ranks[Rank.SPECIES]).top_1 == 1.0
    assert exact_path(found) == 0.0
