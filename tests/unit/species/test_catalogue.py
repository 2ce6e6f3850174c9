"""The tree that the cards span."""

import dataclasses
from pathlib import Path

import pytest

from core.errors import TaxonomyError
from core.model import Bundle
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.taxonomy import BLANK, Rank

FOLDER = ROOT / "species_info"
CARDS = load_cards(FOLDER)
TREE = load_taxonomy(CARDS, FOLDER)


def test_the_tree_holds_a_species_per_card_on_a_full_ladder() -> None:
    assert len(TREE.leaves) == 160
    assert {leaf.id for leaf in TREE.leaves} == set(CARDS)
    for leaf in TREE.leaves:
        assert [taxon.rank for taxon in TREE.lineage(leaf.id)] == list(Rank), leaf.id


def test_the_ladder_is_what_the_card_says() -> None:
    for card in CARDS.values():
        ladder = [taxon.scientific_name for taxon in TREE.lineage(card.taxon)]
        said = [card.kingdom, card.phylum, card.class_, card.order, card.family, card.genus]
        assert ladder == [*said, card.scientific_name]


def test_no_higher_taxon_is_empty_or_nameless() -> None:
    for taxon in TREE.order:
        assert TREE.leaves_under(taxon.id), f"{taxon.scientific_name} has no species"
        assert taxon.common_name, f"{taxon.scientific_name} has no English name"
    assert all(taxon.noun for taxon in (*TREE.at(Rank.CLASS), TREE.root))


def test_all_names_of_a_card_can_be_searched_for() -> None:
    dog = TREE.get("canis-familiaris")
    assert "Canis lupus familiaris" in dog.other_names
    assert TREE.get("panthera-leo").names["de"] == "Löwe"


def test_every_class_of_the_bundled_model_has_a_card_and_the_same_place_in_the_tree(bundle: Bundle) -> None:
    species = set(bundle.classes) - {BLANK}
    assert species <= set(CARDS)
    assert TREE.subtree(species).sha256() == bundle.taxonomy.sha256()


def higher(folder: Path, *rows: str) -> Path:
    lines = ["rank,scientific_name,common_name_en,noun_en,parent", *rows]
    (folder / "higher_taxa.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


LION = {"panthera-leo": CARDS["panthera-leo"]}


def test_a_card_hangs_under_its_genus(tmp_path: Path) -> None:
    folder = higher(tmp_path, "family,Felidae,Cats,cat,", "genus,Panthera,,,Felidae")
    tree = load_taxonomy(LION, folder)
    assert [taxon.id for taxon in tree.order] == ["felidae", "panthera", "panthera-leo"]
    assert (tree.root.noun, tree.root.common_name) == ("cat", "Cats")
    assert tree.get("panthera").common_name is None


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (["family,Felidae,Cats,cat,"], "Panthera leo: genus Panthera is not in higher_taxa.csv"),
        (["genus,Panthera,,,Felidae"], "its parent 'felidae' is missing"),
        (["genus,Panthera,,,", "genus,Felis,,,"], "one root"),
        (
            ["tribe,Felidae,,,", "genus,Panthera,,,Felidae"],
            r"higher_taxa\.csv, line 2: 'tribe' is not a rank",
        ),
        (["genus,Panthera,,,", "genus,Panthera,,,"], r"higher_taxa\.csv, line 3: Panthera .*twice"),
    ],
)
def test_a_table_that_does_not_hold_the_cards_is_refused(
    tmp_path: Path, rows: list[str], complaint: str
) -> None:
    with pytest.raises(TaxonomyError, match=complaint):
        load_taxonomy(LION, higher(tmp_path, *rows))


def test_a_species_cannot_take_the_name_of_a_group(tmp_path: Path) -> None:
    odd = dataclasses.replace(CARDS["panthera-leo"], taxon="panthera")
    with pytest.raises(TaxonomyError, match="Panthera leo"):
        load_taxonomy({"panthera": odd}, higher(tmp_path, "genus,Panthera,,,"))
