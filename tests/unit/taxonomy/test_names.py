"""Names that mean a taxon, exactly."""

import pytest

from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.taxonomy.names import Names, canonical

NAMES = Names(load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sus scrofa Linnaeus, 1758", "Sus scrofa"),
        ("Panthera uncia (Schreber, 1775)", "Panthera uncia"),
        ("Canis lupus familiaris", "Canis lupus familiaris"),
        ("Canis lupus subsp. familiaris", "Canis lupus familiaris"),
        ("Panthera (Uncia) uncia", "Panthera uncia"),
        ("  Felis   catus ", "Felis catus"),
        ("Panthera", "Panthera"),
        ("lion", "lion"),
    ],
)
def test_authors_and_subgenera_are_left_out(text: str, name: str) -> None:
    assert canonical(text) == name


@pytest.mark.parametrize(
    ("name", "taxon"),
    [
        ("Uncia uncia", "panthera-uncia"),
        ("Panthera uncia", "panthera-uncia"),
        ("Canis lupus familiaris", "canis-familiaris"),
        ("Canis familiaris", "canis-familiaris"),
        ("Giraffa camelopardalis", "giraffa-camelopardalis"),
        ("Giraffa camelopardalis reticulata", "giraffa-camelopardalis"),
        ("Panthera leo (Linnaeus, 1758)", "panthera-leo"),
        ("Panthera leoo", None),
        ("leopard", None),
        ("", None),
    ],
)
def test_old_names_find_the_accepted_taxon_and_near_ones_nothing(name: str, taxon: str | None) -> None:
    assert NAMES.taxon(name) == taxon


def test_any_kind_of_name_can_be_looked_up() -> None:
    assert NAMES.find("Leopard") == ("panthera-pardus", "common name")
    assert NAMES.find("empty") == ("blank", "flag")
    assert NAMES.find("nobody") is None
