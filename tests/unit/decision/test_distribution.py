"""One probability over leaves; every rank by summing."""

import numpy as np
import pytest

from core.decision import Distribution
from core.errors import TaxonomyError
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy

ROWS = [
    ("animalia", Rank.KINGDOM, None),
    ("carnivora", Rank.ORDER, "animalia"),
    ("felidae", Rank.FAMILY, "carnivora"),
    ("canidae", Rank.FAMILY, "carnivora"),
    ("leo", Rank.SPECIES, "felidae"),
    ("onca", Rank.SPECIES, "felidae"),
    ("lupus", Rank.SPECIES, "canidae"),
    ("latrans", Rank.SPECIES, "canidae"),
]
TREE = Taxonomy(Taxon(name, rank, name, parent) for name, rank, parent in ROWS)
CLASSES = ["lupus", BLANK, "onca", "latrans", "leo"]  # on purpose not the order of the tree


def distribution(leo: float, onca: float, lupus: float, latrans: float, blank: float) -> Distribution:
    return Distribution(TREE, CLASSES, np.array([lupus, blank, onca, latrans, leo]))


@pytest.fixture
def found() -> Distribution:
    return distribution(leo=0.3, onca=0.25, lupus=0.35, latrans=0.05, blank=0.05)


def test_each_class_finds_its_leaf(found: Distribution) -> None:
    probabilities = {name: found.probability(name) for name in ("leo", "onca", "lupus", "latrans")}
    assert probabilities == pytest.approx({"leo": 0.3, "onca": 0.25, "lupus": 0.35, "latrans": 0.05})
    assert found.blank == 0.05


def test_every_rank_is_the_sum_of_its_species_and_blank_belongs_to_none(found: Distribution) -> None:
    assert found.probability("felidae") == pytest.approx(0.55)
    assert found.probability("canidae") == pytest.approx(0.40)
    assert found.probability("animalia") == pytest.approx(0.95)


def test_the_best_species_may_be_outside_the_best_family(found: Distribution) -> None:
    assert [c.taxon.id for c in found.top(3)] == ["lupus", "leo", "onca"]
    assert [c.taxon.id for c in found.top(1, Rank.FAMILY)] == ["felidae"]


def test_asking_for_more_than_there_are_gives_all(found: Distribution) -> None:
    assert len(found.top(99)) == 4
    assert found.top(3, Rank.GENUS) == ()


def test_equal_candidates_come_in_tree_order() -> None:
    assert [c.taxon.id for c in distribution(0.25, 0.25, 0.25, 0.25, 0).top(4)] == [
        leaf.id for leaf in TREE.leaves
    ]


@pytest.mark.parametrize(
    ("target", "taxon"),
    [(0.36, "felidae"), (0.56, "carnivora"), (0.3, "leo"), (0.96, None), (0.04, "leo")],
)
def test_the_deepest_taxon_that_reaches_the_target(
    found: Distribution, target: float, taxon: str | None
) -> None:
    deepest = found.deepest(target)
    assert (deepest.taxon.id if deepest else None) == taxon


def test_the_ladder_leads_to_the_best_species_under_a_taxon(found: Distribution) -> None:
    assert [rung.taxon.id for rung in found.ladder()] == ["animalia", "carnivora", "canidae", "lupus"]
    assert [rung.taxon.id for rung in found.ladder("felidae")] == ["animalia", "carnivora", "felidae", "leo"]
    assert [rung.taxon.id for rung in found.ladder("onca")][-1] == "onca"
    assert [rung.probability for rung in found.ladder()] == pytest.approx([0.95, 0.95, 0.40, 0.35])


def test_a_model_without_blanks_never_sees_one() -> None:
    classes = [name for name in CLASSES if name != BLANK]
    assert Distribution(TREE, classes, np.full(4, 0.25)).blank == 0


def test_a_model_that_lacks_a_species_of_the_tree_is_refused() -> None:
    with pytest.raises(TaxonomyError, match="no class for onca"):
        Distribution(TREE, ["leo", "lupus", "latrans"], np.full(3, 1 / 3))
