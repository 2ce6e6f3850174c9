"""What labels of other people mean."""

import pytest

from core.model.matching import lineage_of, match_labels
from core.settings import Settings
from core.species import load_cards, load_taxonomy
from core.taxonomy import BLANK, HUMAN, Taxonomy


@pytest.fixture(scope="module")
def catalogue() -> Taxonomy:
    folder = Settings(_env_file=None).species_info
    return load_taxonomy(load_cards(folder), folder)


@pytest.mark.parametrize(
    ("label", "meaning", "how"),
    [
        ("Panthera leo", "panthera-leo", "scientific name"),
        ("panthera_leo", "panthera-leo", "scientific name"),
        ("  Panthera   LEO ", "panthera-leo", "scientific name"),
        ("Lion", "panthera-leo", "common name"),
        ("Felidae", "felidae", "scientific name"),
        ("Panthera leo (Linnaeus, 1758)", "panthera-leo", "part of the label"),
        ("lion, king of beasts, Panthera leo", "panthera-leo", "part of the label"),
        ("Panthera tigris altaica", "panthera-tigris", "first two words"),
        ("Panthera sp.", "panthera", "genus"),
        ("03412_Animalia_Chordata_Mammalia_Carnivora_Felidae_Panthera_leo", "panthera-leo", "lineage"),
        ("5a56;mammalia;carnivora;felidae;panthera;leo;lion", "panthera-leo", "lineage"),
        ("5a57;mammalia;carnivora;felidae;;;cat family", "felidae", "lineage"),
        ("empty", BLANK, "flag"), ("Homo sapiens", HUMAN, "flag"),
        ("table lamp", None, "no match"), ("", None, "no match"),
    ],
)  # fmt: skip
def test_labels_are_understood(catalogue: Taxonomy, label: str, meaning: str | None, how: str) -> None:
    (match,), _ = match_labels([label], catalogue)
    assert (match.meaning, match.how) == (meaning, how)


def test_synonyms_of_the_cards_are_understood(catalogue: Taxonomy) -> None:
    taxon = next(leaf for leaf in catalogue.leaves if leaf.other_names)
    (match,), _ = match_labels([taxon.other_names[-1]], catalogue)
    assert match.meaning == taxon.id


def test_a_lineage_brings_species_that_have_no_card(catalogue: Taxonomy) -> None:
    label = "00009_Animalia_Chordata_Mammalia_Carnivora_Felidae_Lynx_pardinus"
    (match,), tree = match_labels([label], catalogue)
    assert match.meaning == "lynx-pardinus"
    assert "felidae" in [t.id for t in tree.lineage("lynx-pardinus")]
    assert "lynx-pardinus" not in catalogue


def test_a_name_that_two_taxa_share_means_neither() -> None:
    from core.taxonomy import Rank, Taxon

    tree = Taxonomy(
        [
            Taxon("g", Rank.GENUS, "G", None),
            Taxon("g-a", Rank.SPECIES, "G a", "g", {"en": "Fox"}),
            Taxon("g-b", Rank.SPECIES, "G b", "g", {"en": "Fox"}),
        ]
    )
    assert match_labels(["fox"], tree)[0][0].meaning is None


def test_only_whole_lineages_are_lineages() -> None:
    assert lineage_of("a;b;c") is None
    assert lineage_of("Panthera_leo") is None
