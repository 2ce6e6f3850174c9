"""Figures against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, top_k_accuracy_score

from core.decision import softmax
from core.evaluation.metrics import evaluate, judge_statements
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy


def tree() -> Taxonomy:
    upper = ["Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae"]
    taxa = [Taxon(n.lower(), Rank(i), n, upper[i - 1].lower() if i else None) for i, n in enumerate(upper)]
    for genus, species in {"Panthera": ["leo", "onca"], "Felis": ["catus"]}.items():
        taxa.append(Taxon(genus.lower(), Rank.GENUS, genus, "felidae"))
        taxa += [Taxon(s, Rank.SPECIES, f"{genus} {s}", genus.lower()) for s in species]
    return Taxonomy(taxa)


CLASSES = ["leo", "onca", "catus", BLANK]


def test_figures_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    targets = rng.integers(0, 4, 300)
    logits = rng.normal(0, 1, (300, 4)) + 2.0 * np.eye(4)[targets]
    probabilities = softmax(logits)
    found = evaluate(probabilities, targets, CLASSES, tree(), target=0.65)
    guesses = probabilities.argmax(axis=1)
    per_class = f1_score(targets, guesses, average=None)
    assert found.macro_f1 == pytest.approx(per_class[:3].mean())  # blank is no species
    assert found.macro_f1_all == pytest.approx(per_class.mean())
    assert found.macro_accuracy == pytest.approx(balanced_accuracy_score(targets, guesses))
    assert found.blank_recall == pytest.approx((guesses == 3)[targets == 3].mean())
    assert sum(found.answered.values()) == pytest.approx(1)


def test_a_coarser_rank_forgives_mistakes_inside_a_group() -> None:
    probabilities = np.array([[0.1, 0.9, 0, 0], [0.1, 0.2, 0.7, 0], [0, 0, 0.4, 0.6]])
    found = evaluate(probabilities, np.array([0, 0, 3]), CLASSES, tree(), target=0.65)
    top_1 = {rank.rank: rank.top_1 for rank in found.ranks}
    assert top_1["species"] == pytest.approx(1 / 3)
    assert top_1["genus"] == pytest.approx(2 / 3)
    assert top_1["kingdom"] == pytest.approx(1)
    assert found.answer_error == pytest.approx(2 / 2)  # "onca" and "catus" were stated, both wrong
    assert found.answered["unsure"] == pytest.approx(1 / 3)


def test_statements_are_worth_what_they_tell() -> None:
    """A species tells all, "Panthera" less, an unsure answer nothing; a blank is a statement too."""
    rows = np.array([[0.9, 0.1, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0.05, 0.95], [0.25, 0.25, 0.0, 0.5]])
    targets = np.array([0, 1, 3, 0])
    found = judge_statements(rows, targets, CLASSES, tree(), target=0.65)
    genus = np.log(3 / 2) / np.log(3)
    assert found.error == 0.0
    assert found.information == pytest.approx((1 + genus + 1 + 0) / 4)
    assert found.outcomes == {"identified": 0.25, "rolled_up": 0.25, "blank": 0.25, "unsure": 0.25}
    assert found.ece == pytest.approx((0.1 + 0.0 + 0.05) / 3, abs=1e-9)


def test_a_wrong_statement_counts_at_its_confidence() -> None:
    found = judge_statements(np.array([[0, 0, 0.8, 0.2]]), np.array([0]), CLASSES, tree(), target=0.65)
    assert found.error == 1.0
    assert found.ece == pytest.approx(0.8)


def test_the_tail_is_judged_apart_and_bursts_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    targets = rng.integers(0, 4, 400)
    logits = (
        rng.normal(0, 1, (400, 4)) + np.array([3.0, 2.0, 0.5, 2.0])[targets][:, None] * np.eye(4)[targets]
    )
    trained = {"leo": 90, "onca": 30, "catus": 2, BLANK: 40}
    found = evaluate(
        softmax(logits), targets, CLASSES, tree(), target=0.65, trained=trained,
        clusters=[f"burst-{i // 4}" for i in range(400)],
    )  # fmt: skip
    assert found.by_frequency["many"] > found.by_frequency["few"]
    low, high = found.intervals["accuracy"]
    assert low < found.accuracy < high
    assert found.intervals.keys() == {"accuracy", "macro_accuracy", "macro_f1_all"}
    assert found.hierarchical is not None
    assert 0 < found.hierarchical.severity <= 2
    assert sum(one.n for one in found.reliability) == 400
    assert [one.confidence for one in found.reliability] == sorted(
        one.confidence for one in found.reliability
    )
    gaps = sum(one.n * abs(one.confidence - one.accuracy) for one in found.reliability) / 400
    assert gaps == pytest.approx(found.ece)
    assert found.area_under_risk < 1 - found.accuracy


def test_ranks_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    targets = rng.integers(0, 4, 300)
    probabilities = softmax(rng.normal(0, 1, (300, 4)) + 1.5 * np.eye(4)[targets])
    species = evaluate(probabilities, targets, CLASSES, tree(), target=0.65).ranks[-1]
    assert species.top_3 == pytest.approx(top_k_accuracy_score(targets, probabilities, k=3))
    assert species.balanced_accuracy == pytest.approx(
        balanced_accuracy_score(targets, probabilities.argmax(axis=1))
    )
