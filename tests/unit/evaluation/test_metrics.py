"""Figures against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import (
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    top_k_accuracy_score,
)

from core.decision import softmax
from core.evaluation.metrics import Evaluation, curve_of, evaluate, score
from core.evaluation.outcomes import compare
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy


def tree() -> Taxonomy:
    upper = ["Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae"]
    taxa = [Taxon(n.lower(), Rank(i), n, upper[i - 1].lower() if i else None) for i, n in enumerate(upper)]
    for genus, species in {"Panthera": ["leo", "onca"], "Felis": ["catus"]}.items():
        taxa.append(Taxon(genus.lower(), Rank.GENUS, genus, "felidae"))
        taxa += [Taxon(s, Rank.SPECIES, f"{genus} {s}", genus.lower()) for s in species]
    return Taxonomy(taxa)


CLASSES = ["leo", "onca", "catus", BLANK]


def judged(probabilities: np.ndarray, targets: np.ndarray, **options) -> Evaluation:
    labels = [CLASSES[index] for index in targets]
    return evaluate(
        y_true=labels, y_prob=probabilities, classes=CLASSES, taxonomy=tree(), target=0.65, **options
    )


def test_figures_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    targets = rng.integers(0, 4, 300)
    logits = rng.normal(0, 1, (300, 4)) + 2.0 * np.eye(4)[targets]
    probabilities = softmax(logits)
    found = judged(probabilities, targets)
    guesses = probabilities.argmax(axis=1)
    per_class = f1_score(targets, guesses, average=None)
    assert found.macro_f1 == pytest.approx(per_class[:3].mean())  # blank is no species
    assert found.macro_f1_all == pytest.approx(per_class.mean())
    assert found.macro_accuracy == pytest.approx(balanced_accuracy_score(targets, guesses))
    animals = targets != 3
    recalls = [(guesses == index)[targets == index].mean() for index in range(3)]
    assert found.balanced_accuracy == pytest.approx(np.mean(recalls))  # over species
    assert found.brier == pytest.approx(brier_score_loss(targets, probabilities, scale_by_half=False))
    assert found.nll == pytest.approx(log_loss(targets, probabilities))
    assert found.hierarchical.n == (animals & (guesses != 3)).sum()
    assert found.blank_recall == pytest.approx((guesses == 3)[targets == 3].mean())
    assert sum(found.answered.values()) == pytest.approx(1)


def test_a_coarser_rank_forgives_mistakes_inside_a_group() -> None:
    probabilities = np.array([[0.1, 0.9, 0, 0], [0.1, 0.2, 0.7, 0], [0, 0, 0.4, 0.6]])
    found = judged(probabilities, np.array([0, 0, 3]))
    top_1 = {rank.rank: rank.top_1 for rank in found.ranks}
    assert top_1["species"] == pytest.approx(1 / 3)
    assert top_1["genus"] == pytest.approx(2 / 3)
    assert top_1["kingdom"] == pytest.approx(1)
    assert found.answer_error == pytest.approx(2 / 2)  # "onca" and "catus" were stated, both wrong
    assert found.answered["unsure"] == pytest.approx(1 / 3)


def test_the_tail_is_judged_apart_and_bursts_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    targets = rng.integers(0, 4, 400)
    logits = (
        rng.normal(0, 1, (400, 4)) + np.array([3.0, 2.0, 0.5, 2.0])[targets][:, None] * np.eye(4)[targets]
    )
    trained = {"leo": 90, "onca": 30, "catus": 2, BLANK: 40}
    bursts = [f"burst-{i // 4}" for i in range(400)]
    found = judged(softmax(logits), targets, trained=trained, clusters=bursts)
    assert found.by_frequency["many"] > found.by_frequency["few"]
    low, high = found.intervals["accuracy"]
    assert low < found.accuracy < high
    assert found.intervals.keys() == {
        "accuracy", "macro_accuracy", "macro_f1", "macro_f1_all", "balanced_accuracy", "answer_error", "information",
    }  # fmt: skip
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
    species = judged(probabilities, targets).ranks[-1]
    assert species.top_3 == pytest.approx(top_k_accuracy_score(targets, probabilities, k=3))
    assert species.balanced_accuracy == pytest.approx(
        balanced_accuracy_score(targets, probabilities.argmax(axis=1))
    )


def test_a_label_above_the_species_counts_at_its_own_rank_only() -> None:
    labels = ["leo", "panthera", "felidae"]
    rows = np.array([[0.9, 0.1, 0, 0], [0.2, 0.1, 0.7, 0], [0.2, 0.1, 0.7, 0]])
    found = evaluate(y_true=labels, y_prob=rows, classes=CLASSES, taxonomy=tree(), target=0.65)
    assert (found.n, found.coarse, found.accuracy) == (1, 2, 1.0)
    assert {rank.rank: (rank.n, rank.top_1) for rank in found.ranks[4:]} == {
        "family": (3, 1.0), "genus": (2, 0.5), "species": (1, 1.0),
    }  # fmt: skip
    with pytest.raises(ValueError, match="no photo has a label"):
        evaluate(y_true=["panthera"], y_prob=rows[:1], classes=CLASSES, taxonomy=tree(), target=0.65)


def test_photos_without_any_animal_have_no_tree_to_speak_of() -> None:
    found = evaluate(
        y_true=[BLANK] * 3, y_prob=np.eye(4)[[3, 3, 0]], classes=CLASSES, taxonomy=tree(), target=0.65,
        clusters=["", "", ""],
    )  # fmt: skip
    assert found.blank_recall == pytest.approx(2 / 3)
    assert found.macro_f1 is found.balanced_accuracy is found.hierarchical is None
    assert found.area_under_tree_risk is found.answer_hierarchical is None
    assert "balanced_accuracy" not in found.intervals


def test_answers_that_climb_risk_less_than_species_alone() -> None:
    rng = np.random.default_rng(4)
    targets = rng.integers(0, 4, 500)
    kin = np.array(
        [[1.5, 1.0, 0, 0], [1.0, 1.5, 0, 0], [0, 0, 1.5, 0], [0, 0, 0, 1.5]]
    )  # cats of a genus look alike
    probabilities = softmax(3 * (rng.normal(0, 0.3, (500, 4)) + kin[targets]))
    labels = [CLASSES[index] for index in targets]
    outcomes = compare(y_true=labels, y_prob=probabilities, classes=CLASSES, taxonomy=tree())
    curve = curve_of(outcomes)
    assert curve.area < curve.flat_area
    assert curve.area == score(outcomes, target=0.65).area_under_tree_risk


def test_what_is_served_can_hold_a_species_back() -> None:
    novelty = np.array([0.9, 0.1])
    outcomes = compare(
        y_true=["leo", "leo"], y_prob=np.eye(4)[[0, 0]], classes=CLASSES, taxonomy=tree(), novelty=novelty
    )
    found = score(outcomes, target=0.65, novel_above=0.5)
    assert found.answered == {"identified": 1.0}
    assert found.served.outcomes == {"identified": 0.5, "rolled_up": 0.5}
    assert score(outcomes, target=0.65).served is None
