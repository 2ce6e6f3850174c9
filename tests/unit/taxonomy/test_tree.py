"""The tree of taxa."""

import random

import numpy as np
import pytest

from core.errors import TaxonomyError
from core.taxonomy import Rank, Taxon, Taxonomy, slug

LEO, ONCA, CATUS, CORAX = "panthera-leo", "panthera-onca", "felis-catus", "corvus-corax"


def taxa() -> list[Taxon]:
    """Cats with a full ladder, and a raven whose genus hangs directly under its class."""
    rows = [
        ("Animalia", Rank.KINGDOM, None),
        ("Chordata", Rank.PHYLUM, "Animalia"),
        ("Mammalia", Rank.CLASS, "Chordata"),
        ("Carnivora", Rank.ORDER, "Mammalia"),
        ("Felidae", Rank.FAMILY, "Carnivora"),
        ("Panthera", Rank.GENUS, "Felidae"),
        ("Panthera onca", Rank.SPECIES, "Panthera"),
        ("Panthera leo", Rank.SPECIES, "Panthera"),
        ("Felis", Rank.GENUS, "Felidae"),
        ("Felis catus", Rank.SPECIES, "Felis"),
        ("Aves", Rank.CLASS, "Chordata"),
        ("Corvus", Rank.GENUS, "Aves"),
        ("Corvus corax", Rank.SPECIES, "Corvus"),
    ]
    return [Taxon(slug(name), rank, name, parent and slug(parent)) for name, rank, parent in rows]


@pytest.fixture
def tree() -> Taxonomy:
    return Taxonomy(taxa())


def test_the_order_is_depth_first_by_name_whatever_came_in(tree: Taxonomy) -> None:
    shuffled = taxa()
    random.Random(1).shuffle(shuffled)
    assert Taxonomy(shuffled).order == tree.order
    assert [leaf.id for leaf in tree.leaves] == [CORAX, CATUS, LEO, ONCA]
    assert [taxon.id for taxon in tree.order[:4]] == ["animalia", "chordata", "aves", "corvus"]


def test_lineage_runs_from_the_kingdom_to_the_taxon(tree: Taxonomy) -> None:
    assert [t.rank for t in tree.lineage(LEO)] == list(Rank)
    assert [t.id for t in tree.lineage(CORAX)] == ["animalia", "chordata", "aves", "corvus", CORAX]
    assert tree.lineage("animalia") == (tree.root,)


def test_a_missing_rank_is_no_ancestor(tree: Taxonomy) -> None:
    family = tree.ancestor(LEO, Rank.FAMILY)
    assert family is not None
    assert family.id == "felidae"
    assert tree.ancestor(CORAX, Rank.FAMILY) is None
    assert tree.ancestor(LEO, Rank.SPECIES) == tree.get(LEO)


def test_leaves_under_a_taxon(tree: Taxonomy) -> None:
    assert [t.id for t in tree.leaves_under("felidae")] == [CATUS, LEO, ONCA]
    assert tree.leaves_under(LEO) == (tree.get(LEO),)
    assert tree.leaves_under("animalia") == tree.leaves


def test_probabilities_sum_up_the_tree(tree: Taxonomy) -> None:
    summed = dict(zip((t.id for t in tree.order), tree.sum_up(np.array([0.1, 0.2, 0.3, 0.4])), strict=True))
    assert summed["panthera"] == pytest.approx(0.7)
    assert summed["felidae"] == pytest.approx(0.9)
    assert summed["aves"] == pytest.approx(0.1)
    assert summed["animalia"] == pytest.approx(1.0)


def test_many_distributions_sum_up_at_once(tree: Taxonomy) -> None:
    leaves = np.array([[0.1, 0.2, 0.3, 0.4], [1.0, 0.0, 0.0, 0.0]])
    assert np.allclose(tree.sum_up(leaves), [tree.sum_up(row) for row in leaves])


def test_arrays_describe_the_order(tree: Taxonomy) -> None:
    for index, taxon in enumerate(tree.order):
        assert tree.index(taxon.id) == index
        assert tree.ranks[index] == taxon.rank
        parent = tree.parents[index]
        assert (tree.order[parent].id if parent >= 0 else None) == taxon.parent
        start, stop = tree.spans[index]
        assert tree.leaves[start:stop] == tree.leaves_under(taxon.id)


def test_a_group_without_species_has_no_leaves_and_no_probability() -> None:
    tree = Taxonomy([*taxa(), Taxon("insecta", Rank.CLASS, "Insecta", "chordata")])
    assert tree.leaves_under("insecta") == ()
    assert tree.sum_up(np.ones(4) / 4)[tree.index("insecta")] == 0
    assert len(tree.leaves_under("chordata")) == 4


def test_an_empty_group_in_front_does_not_hide_its_neighbours_species() -> None:
    # Children are walked by name, so an empty "Agamidae" comes first and an empty "Zapodidae" last.
    more = [Taxon(n.lower(), Rank.FAMILY, n, "carnivora") for n in ("Agamidae", "Zapodidae")]
    tree = Taxonomy([*taxa(), *more])
    assert len(tree.leaves_under("carnivora")) == 3
    assert tree.sum_up(np.array([0.1, 0.2, 0.3, 0.4]))[tree.index("mammalia")] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        (Taxon("panthera-leo", Rank.SPECIES, "Panthera leo", "panthera"), "share the id 'panthera-leo'"),
        (Taxon("x", Rank.SPECIES, "X", "nobody"), "its parent 'nobody' is missing"),
        (Taxon("x", Rank.FAMILY, "X", "panthera"), r"X \(family\) cannot sit under Panthera \(genus\)"),
        (Taxon("x", Rank.GENUS, "X", "panthera"), "cannot sit under"),
        (Taxon("x", Rank.KINGDOM, "X", None), "one root, this one has 2"),
    ],
)
def test_a_tree_that_does_not_hold_together_is_refused(extra: Taxon, complaint: str) -> None:
    with pytest.raises(TaxonomyError, match=complaint):
        Taxonomy([*taxa(), extra])


def test_an_empty_tree_is_refused() -> None:
    with pytest.raises(TaxonomyError, match="one root, this one has 0"):
        Taxonomy([])


def test_an_unknown_taxon_is_refused_everywhere(tree: Taxonomy) -> None:
    for ask in (tree.get, tree.lineage, tree.leaves_under):
        with pytest.raises(TaxonomyError, match="unknown taxon 'yeti'"):
            ask("yeti")
    assert "yeti" not in tree
    assert LEO in tree


def test_columns_follow_the_leaves_whatever_the_order_of_classes(tree: Taxonomy) -> None:
    classes = [ONCA, "blank", CATUS, LEO, CORAX]
    assert tree.leaf_columns(classes).tolist() == [4, 2, 3, 0]
    with pytest.raises(TaxonomyError, match="no class for Corvus corax"):
        tree.leaf_columns([ONCA, CATUS, LEO])


def test_a_subtree_keeps_just_the_ancestors(tree: Taxonomy) -> None:
    small = tree.subtree([LEO, ONCA])
    assert [t.id for t in small.leaves] == [LEO, ONCA]
    assert len(small) == 8
    assert "felis" not in small
    with pytest.raises(TaxonomyError):
        tree.subtree([])


def test_records_bring_the_tree_back(tree: Taxonomy) -> None:
    named = Taxon("vulpes", Rank.GENUS, "Vulpes", "carnivora", {"en": "Foxes"}, noun="fox")
    whole = Taxonomy([*taxa(), named])
    again = Taxonomy.from_records(whole.to_records())  # type: ignore[arg-type]
    assert again.to_records() == whole.to_records()
    assert again.get("vulpes") == named
    assert again.sha256() == whole.sha256() != tree.sha256()


@pytest.mark.parametrize(
    "change", [{"rank": "tribe"}, {"parent": "nobody"}, {"id": None}], ids=["rank", "parent", "id"]
)
def test_bad_records_are_refused(tree: Taxonomy, change: dict[str, str | None]) -> None:
    records = tree.to_records()
    records[3] = {**records[3], **change}
    with pytest.raises(TaxonomyError):
        Taxonomy.from_records(records)  # type: ignore[arg-type]
    del records[3]["id"]
    with pytest.raises(TaxonomyError, match="bad taxonomy record"):
        Taxonomy.from_records(records)  # type: ignore[arg-type]


def test_the_hash_sees_structure_but_not_names(tree: Taxonomy) -> None:
    renamed = [Taxon(t.id, t.rank, t.scientific_name, t.parent, {"en": "x"}) for t in taxa()]
    assert Taxonomy(renamed).sha256() == tree.sha256()
    moved = [
        t if t.id != "felis-catus" else Taxon(t.id, t.rank, t.scientific_name, "panthera") for t in taxa()
    ]
    assert Taxonomy(moved).sha256() != tree.sha256()
