"""Taxa that the catalogue does not have."""

from core.taxonomy import Rank
from core.taxonomy.lineage import extend
from tests.unit.evaluation.worlds import TREE

NEW = ("Animalia", "Chordata", "Mammalia", "Carnivora", "Ursidae", "Ursus", "Ursus arctos")


def test_a_species_is_hung_below_its_finest_known_ancestor() -> None:
    tree = extend(TREE, [NEW])
    assert [t.id for t in tree.lineage("ursus-arctos")] == [
        "animalia", "chordata", "mammalia", "carnivora", "ursidae", "ursus", "ursus-arctos",
    ]  # fmt: skip
    assert len(tree) == len(TREE) + 3


def test_unknown_ranks_are_left_out() -> None:
    tree = extend(TREE, [("Animalia", "", "Mammalia", "", "", "Ursus", "Ursus arctos")])
    assert [t.rank for t in tree.lineage("ursus-arctos")][-2:] == [Rank.GENUS, Rank.SPECIES]
    assert tree.get("ursus").parent == "mammalia"


def test_what_is_known_or_fits_nowhere_changes_nothing() -> None:
    plant = (
        "Plantae",
        "Tracheophyta",
        "Magnoliopsida",
        "Asterales",
        "Asteraceae",
        "Bellis",
        "Bellis perennis",
    )
    genus_only = (*NEW[:6], "")
    assert extend(TREE, [plant, genus_only]).sha256() == TREE.sha256()
    once = extend(TREE, [NEW])
    assert extend(once, [NEW]).sha256() == once.sha256()
