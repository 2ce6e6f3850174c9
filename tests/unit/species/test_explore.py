"""Choosing among species."""

import pytest

from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.species.explore import THREATENED, Catalogue, Facets
from core.taxonomy.lineage import extend

CARDS = load_cards(ROOT / "species_info")
TREE = extend(
    load_taxonomy(CARDS, ROOT / "species_info"),
    [("Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Neofelis", "Neofelis nebulosa")],
)
CATALOGUE = Catalogue(TREE, CARDS)


def test_all_of_them_by_name_those_without_a_card_too() -> None:
    found = CATALOGUE.choose(Facets())
    assert len(found) == 161
    assert [e.name for e in found] == sorted((e.name for e in found), key=str.casefold)
    assert next(e for e in found if e.taxon == "neofelis-nebulosa").iucn is None


@pytest.mark.parametrize(
    ("facets", "holds"),
    [
        (Facets(group="felidae"), lambda e: TREE.get(TREE.lineage(e.taxon)[4].id).id == "felidae"),
        (Facets(classes=frozenset({"Aves", "Insecta"})), lambda e: e.class_ in ("Aves", "Insecta")),
        (Facets(statuses=frozenset(THREATENED)), lambda e: CARDS[e.taxon].iucn in THREATENED),
        (Facets(countries=frozenset({"KEN"})), lambda e: "KEN" in CARDS[e.taxon].native),
        (
            Facets(only=({"panthera-leo", "puma-concolor"},)),
            lambda e: e.taxon in ("panthera-leo", "puma-concolor"),
        ),
    ],
)
def test_each_facet_keeps_just_what_fits(facets: Facets, holds) -> None:
    found = CATALOGUE.choose(facets)
    assert found
    assert all(holds(entry) for entry in found)
    left_out = {e.taxon for e in CATALOGUE.entries} - {e.taxon for e in found} - {"neofelis-nebulosa"}
    assert not any(holds(e) for e in CATALOGUE.entries if e.taxon in left_out)


def test_all_facets_must_hold_and_an_order_is_kept() -> None:
    both = Facets(
        group="felidae",
        countries=frozenset({"KEN"}),
        only=({"panthera-leo", "caracal-caracal", "puma-concolor"},),
    )
    assert [e.taxon for e in CATALOGUE.choose(both)] == ["caracal-caracal", "panthera-leo"]
    found = CATALOGUE.choose(both, ["panthera-leo", "nobody", "caracal-caracal"])
    assert [e.taxon for e in found] == ["panthera-leo", "caracal-caracal"]


def test_an_unknown_group_asks_for_nothing() -> None:
    assert len(CATALOGUE.choose(Facets(group="nonsense"))) == 161
