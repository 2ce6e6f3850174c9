"""The list of species and the cards behind it."""

import pytest

from core.settings import ROOT
from core.species import load_cards

CARDS = load_cards(ROOT / "species_info")


def test_all_species_in_alphabetical_order(visit):
    tiles = visit("species").tiles()
    assert sorted(tiles) == sorted(CARDS)
    assert len(tiles) == 160
    names = [CARDS[tile].common_names["en"] for tile in tiles]
    assert names == sorted(names)


@pytest.mark.parametrize("query", ["leopard", "lepard", "Panthera pardus", "Leopardo", "chui"])
def test_any_name_finds_the_leopard(visit, query):
    screen = visit("species").type("species_query", query)
    assert "panthera-pardus" in screen.tiles()[:5]
    assert len(screen.tiles()) < 160


def test_a_query_in_the_address_is_asked(visit):
    assert visit("species", species_query="lepard").tiles()[0] == "panthera-pardus"


def test_a_group_finds_its_members(visit):
    tiles = visit("species").type("species_query", "Felidae").tiles()
    cats = {card.taxon for card in CARDS.values() if card.family == "Felidae"}
    assert cats <= set(tiles)


def test_the_kind_narrows(visit):
    screen = visit("species")
    screen.at.pills(key="kinds").set_value(["Birds", "Insects"])
    screen.run()
    assert {CARDS[tile].class_ for tile in screen.tiles()} == {"Aves", "Insecta"}


def test_threatened_only(visit):
    screen = visit("species")
    screen.at.pills(key="statuses").set_value(["Threatened"])
    screen.run()
    assert {CARDS[tile].iucn for tile in screen.tiles()} == {"CR", "EN", "VU"}
    assert f"{len(screen.tiles())} of 160 species" in [c.value for c in screen.at.caption]


def test_nothing_found_gets_advice(visit):
    screen = visit("species").type("species_query", "xyzzyqqq")
    assert not screen.tiles()
    assert "No species matches" in screen.at.info[0].value


def test_a_card_has_an_address(visit):
    screen = visit("species", taxon="panthera-pardus")
    card = screen.html("fm-card")
    assert "Leopard" in card
    assert "Panthera pardus" in card
    assert "IUCN: vulnerable" in card
    assert 'alt="Map of the countries where Leopard lives' in screen.html("fm-map")
    assert "panthera-pardus" not in screen.tiles(), "the others of the family"
    assert "panthera-leo" in screen.tiles() or len(screen.tiles()) > 0


def test_a_group_has_an_address(visit):
    screen = visit("species", taxon="felidae")
    assert "Family" in screen.text("fm-lead")
    assert {CARDS[tile].family for tile in screen.tiles()} == {"Felidae"}


@pytest.mark.parametrize("taxon", ["nonsense", "../../etc/passwd", "<script>alert(1)</script>"])
def test_an_unknown_taxon_is_a_warning_above_the_list(visit, taxon):
    screen = visit("species", taxon=taxon)
    assert "no card called" in screen.at.warning[0].value
    assert len(screen.tiles()) == 160


@pytest.mark.parametrize("taxon", sorted(CARDS)[::16])
def test_cards_can_be_drawn(visit, taxon):
    screen = visit("species", taxon=taxon)
    assert CARDS[taxon].scientific_name in screen.text("fm-card")
    assert any("Sources of these facts" in m.value for m in screen.at.markdown)
