"""Many answers at once are the app's answers, one by one."""

from dataclasses import replace

import numpy as np
import pytest

from core.decision import Distribution, Outcome, decide, information
from core.evaluation.outcomes import compare
from core.evaluation.statements import ORDER, emit, score_statements
from core.taxonomy import BLANK, OTHER, Rank, Taxon, Taxonomy
from tests.unit.evaluation.worlds import CLASSES, TREE, drawn


@pytest.mark.parametrize("target", [0.3, 0.65, 0.9, 1.0])
@pytest.mark.parametrize("classes", [CLASSES, (*CLASSES, OTHER)], ids=["listed", "with-other"])
def test_they_are_the_answers_of_decide(target: float, classes: tuple[str, ...]) -> None:
    rng = np.random.default_rng(2)
    labels, probabilities = drawn(300)
    novelty = rng.random(300)
    if len(classes) > probabilities.shape[1]:
        other = rng.random((300, 1)) ** 3
        probabilities = np.concatenate([probabilities * (1 - other), other], axis=1)
    found = compare(y_true=labels, y_prob=probabilities, classes=classes, taxonomy=TREE, novelty=novelty)
    given = emit(found, target=target, novel_above=0.8)
    worth = information(TREE)
    for row, one in enumerate(Distribution.many(TREE, classes, probabilities)):
        answer = decide(one, target=target, novelty=float(novelty[row]), novel_above=0.8)
        assert ORDER[given.outcome[row]] is answer.outcome
        if answer.outcome is Outcome.UNSURE:
            assert not given.right[row]
            assert given.worth[row] == 0
            continue
        assert given.confidence[row] == pytest.approx(answer.confidence)
        if answer.taxon is None:
            assert given.right[row] == (answer.outcome.value == labels[row])
        else:
            assert given.rank[row] == answer.taxon.rank
            above = [t.id for t in TREE.lineage(labels[row])] if labels[row] in TREE else []
            assert given.right[row] == (answer.taxon.id in above)
            assert given.worth[row] == pytest.approx(worth[TREE.index(answer.taxon.id)])


SMALL = Taxonomy(
    [
        Taxon("felidae", Rank.FAMILY, "Felidae", None),
        Taxon("panthera", Rank.GENUS, "Panthera", "felidae"),
        Taxon("leo", Rank.SPECIES, "Panthera leo", "panthera"),
        Taxon("onca", Rank.SPECIES, "Panthera onca", "panthera"),
        Taxon("catus", Rank.SPECIES, "Felis catus", "felidae"),
    ]
)
SMALL_CLASSES = ["leo", "onca", "catus", BLANK]


def statements(rows: list[list[float]], labels: list[str], **options):
    found = compare(y_true=labels, y_prob=np.array(rows), classes=SMALL_CLASSES, taxonomy=SMALL)
    return score_statements(found, target=0.65, **options)


def test_statements_are_worth_what_they_tell() -> None:
    """A species tells all, "Panthera" less, an unsure answer nothing; a blank is a statement too."""
    found, bins = statements(
        [[0.9, 0.1, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0.05, 0.95], [0.25, 0.25, 0.0, 0.5]],
        ["leo", "onca", BLANK, "leo"],
    )
    genus = np.log(3 / 2) / np.log(3)
    assert found.error == 0.0
    assert found.information == pytest.approx((1 + genus + 1 + 0) / 4)
    assert found.outcomes == {"identified": 0.25, "rolled_up": 0.25, "blank": 0.25, "unsure": 0.25}
    assert found.by_rank == {"genus": 0.25, "species": 0.25}
    assert found.ece == pytest.approx((0.1 + 0.0 + 0.05) / 3, abs=1e-9)
    assert sum(one.n for one in bins) == 3


def test_a_wrong_statement_counts_at_its_confidence() -> None:
    found, _ = statements([[0, 0, 0.8, 0.2]], ["leo"])
    assert found.error == 1.0
    assert found.ece == pytest.approx(0.8)


def test_stopping_early_costs_recall_only() -> None:
    found, _ = statements([[0.5, 0.5, 0, 0]], ["leo"])
    assert found.hierarchical.precision == 1.0
    assert found.hierarchical.recall == pytest.approx(1 / 2)


def test_a_stranger_gets_no_species() -> None:
    known = compare(
        y_true=["leo"], y_prob=np.array([[0.9, 0.1, 0, 0]]), classes=SMALL_CLASSES, taxonomy=SMALL
    )
    novel = replace(known, novelty=np.array([0.7]))
    assert score_statements(novel, target=0.65, novel_above=0.6)[0].outcomes == {"rolled_up": 1.0}
    assert score_statements(novel, target=0.65, novel_above=0.8)[0].outcomes == {"identified": 1.0}
