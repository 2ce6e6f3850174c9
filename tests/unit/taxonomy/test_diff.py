"""What changed between two taxonomies."""

from dataclasses import replace

from core.taxonomy import Rank, Taxon, Taxonomy
from core.taxonomy.diff import compare

ANIMALS = Taxon("animalia", Rank.KINGDOM, "Animalia", None)
CATS = Taxon("felidae", Rank.FAMILY, "Felidae", "animalia")
UNCIA = Taxon("uncia", Rank.GENUS, "Uncia", "felidae")
PANTHERA = Taxon("panthera", Rank.GENUS, "Panthera", "felidae")
OLD = Taxon("uncia-uncia", Rank.SPECIES, "Uncia uncia", "uncia")
NEW = Taxon("panthera-uncia", Rank.SPECIES, "Panthera uncia", "panthera", other_names=("Uncia uncia",))
LION = Taxon("panthera-leo", Rank.SPECIES, "Panthera leo", "panthera")


def test_additions_removals_moves_and_renames_are_told_apart() -> None:
    before = Taxonomy([ANIMALS, CATS, UNCIA, OLD, PANTHERA, LION])
    after = Taxonomy([ANIMALS, CATS, PANTHERA, NEW, replace(LION, parent="felidae", rank=Rank.SPECIES)])
    found = compare(before, after)
    assert found.renamed == (("uncia-uncia", "panthera-uncia"),)
    assert found.removed == ("uncia",)
    assert found.added == ()
    assert found.moved == (("panthera-leo", "panthera", "felidae"),)
    assert found


def test_the_same_tree_has_no_differences() -> None:
    tree = Taxonomy([ANIMALS, CATS, PANTHERA, LION])
    assert not compare(tree, tree)
