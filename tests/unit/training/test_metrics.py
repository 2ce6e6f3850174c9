"""Figures that judge a model, against scikit-learn and by hand."""

import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, log_loss

from core.decision import Outcome, softmax
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy
from core.training.metrics import answer_errors, choose_target, evaluate


def tree() -> Taxonomy:
    rows = [
        ("animalia", Rank.KINGDOM, None),
        ("chordata", Rank.PHYLUM, "animalia"),
        ("mammalia", Rank.CLASS, "chordata"),
        ("carnivora", Rank.ORDER, "mammalia"),
        ("felidae", Rank.FAMILY, "carnivora"),
        ("canidae", Rank.FAMILY, "carnivora"),
        ("panthera", Rank.GENUS, "felidae"),
        ("canis", Rank.GENUS, "canidae"),
        ("panthera-leo", Rank.SPECIES, "panthera"),
        ("panthera-onca", Rank.SPECIES, "panthera"),
        ("canis-lupus", Rank.SPECIES, "canis"),
    ]
    return Taxonomy(Taxon(name, rank, name, parent) for name, rank, parent in rows)


TREE = tree()
CLASSES = ["panthera-leo", "panthera-onca", "canis-lupus", BLANK]
LION, JAGUAR, WOLF, EMPTY = range(4)


def random_scores(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    targets = rng.integers(0, 4, n)
    return softmax(rng.normal(size=(n, 4)) + 1.2 * np.eye(4)[targets]), targets


def test_figures_agree_with_scikit_learn() -> None:
    probabilities, targets = random_scores()
    guesses = probabilities.argmax(axis=1)
    found = evaluate(probabilities, targets, CLASSES, TREE, target=0.65)
    assert found.n == 300
    assert found.accuracy == pytest.approx(accuracy_score(targets, guesses))
    assert found.macro_accuracy == pytest.approx(balanced_accuracy_score(targets, guesses))
    assert found.macro_f1_all == pytest.approx(f1_score(targets, guesses, average="macro"))
    assert found.macro_f1 == pytest.approx(f1_score(targets, guesses, labels=[0, 1, 2], average="macro"))
    assert found.nll == pytest.approx(log_loss(targets, probabilities))
    assert found.blank_recall == pytest.approx((guesses == EMPTY)[targets == EMPTY].mean())


def test_ranks_are_judged_by_their_sums() -> None:
    # Neither big cat is the best species, but together they are the best genus.
    probabilities = np.array([[0.3, 0.3, 0.4, 0.0]] * 2 + [[0.1, 0.1, 0.8, 0.0]])
    ranks = evaluate(probabilities, np.array([LION, WOLF, WOLF]), CLASSES, TREE, target=0.65).ranks
    by_rank = {score.rank: score for score in ranks}
    assert list(by_rank) == [rank.label for rank in Rank]
    assert by_rank["species"].top_1 == pytest.approx(2 / 3)
    assert by_rank["genus"].top_1 == pytest.approx(2 / 3)  # the lion now right, the first wolf wrong
    assert by_rank["genus"].macro_f1 == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert by_rank["order"].top_1 == 1
    assert all(score.top_5 == 1 for score in ranks)


def test_a_blank_is_a_taxon_of_its_own_at_every_rank() -> None:
    ranks = evaluate(np.array([[0.2, 0.2, 0.12, 0.48]]), np.array([EMPTY]), CLASSES, TREE, target=0.65).ranks
    assert [score.top_1 for score in ranks] == [0, 0, 0, 0, 1, 1, 1]  # cats sum to 0.4


def test_rare_species_do_not_count_towards_the_headline_figure() -> None:
    probabilities = np.eye(4)[[LION] * 5 + [LION]]
    found = evaluate(probabilities, np.array([LION] * 5 + [WOLF]), CLASSES, TREE, target=0.65)
    assert found.species_judged == 1
    assert found.macro_f1 == pytest.approx(10 / 11)
    assert found.macro_f1_all == pytest.approx(10 / 11 / 2)


def test_with_no_species_to_judge_there_is_no_headline_figure() -> None:
    found = evaluate(np.eye(4)[[LION]], np.array([LION]), CLASSES, TREE, target=0.65)
    assert found.species_judged == 0
    assert math.isnan(found.macro_f1)
    assert found.blank_recall is None


@pytest.mark.parametrize(
    ("row", "truth", "outcome", "error"),
    [
        ([0.9, 0.1, 0, 0], LION, Outcome.IDENTIFIED, 0),
        ([0.9, 0.1, 0, 0], JAGUAR, Outcome.IDENTIFIED, 1),
        ([0.5, 0.5, 0, 0], JAGUAR, Outcome.ROLLED_UP, 0),
        ([0.5, 0.5, 0, 0], WOLF, Outcome.ROLLED_UP, 1),
        ([0.5, 0.5, 0, 0], EMPTY, Outcome.ROLLED_UP, 1),
        ([0, 0, 0.1, 0.9], EMPTY, Outcome.BLANK, 0),
        ([0, 0, 0.1, 0.9], WOLF, Outcome.BLANK, 1),
        ([0.3, 0.2, 0, 0.5], WOLF, Outcome.UNSURE, 0),
    ],
)
def test_a_statement_is_wrong_only_if_the_animal_is_not_in_it(
    row: list[float], truth: int, outcome: Outcome, error: float
) -> None:
    shares, wrong = answer_errors(np.array([row]), np.array([truth]), CLASSES, TREE, target=0.65)
    assert shares[outcome] == 1
    assert sum(shares.values()) == 1
    assert wrong == error


def test_the_lowest_target_that_keeps_the_promise_is_chosen() -> None:
    sure, unsure = [0.97, 0.01, 0.02, 0.0], [0.72, 0.0, 0.28, 0.0]
    probabilities = np.array([sure] * 30 + [unsure] * 10)
    right, mixed = np.array([LION] * 40), np.array([LION] * 30 + [WOLF] * 10)
    assert choose_target(probabilities, right, CLASSES, TREE) == (0.65, 0.0)
    assert choose_target(probabilities, mixed, CLASSES, TREE) == (0.75, 0.0)  # then it says "a carnivore"


def test_where_no_target_keeps_the_promise_the_strictest_is_taken_and_its_error_told() -> None:
    probabilities = np.array([[1.0, 0, 0, 0]] * 4)
    assert choose_target(probabilities, np.array([WOLF] * 4), CLASSES, TREE) == (0.95, 1.0)
