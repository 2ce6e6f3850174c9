"""Native, introduced, invasive, or no record."""

from dataclasses import replace

import pytest

from core.place import Presence, PresenceRecord, presence_at
from core.settings import ROOT
from core.species import load_cards, load_sources

CARDS, SOURCES = load_cards(ROOT / "species_info"), load_sources(ROOT / "species_info")


@pytest.mark.parametrize(
    ("taxon", "country", "presence"),
    [
        ("panthera-leo", "KEN", Presence.NATIVE),
        ("panthera-leo", "DEU", Presence.NO_RECORD),
        ("sciurus-carolinensis", "GBR", Presence.INVASIVE),
        ("sciurus-carolinensis", "USA", Presence.NATIVE),
        ("bos-taurus", "KEN", Presence.DOMESTIC),
        ("chelonia-mydas", "KEN", Presence.NO_LIST),
    ],
)
def test_what_the_cards_know(taxon: str, country: str, presence: Presence) -> None:
    found = presence_at(CARDS[taxon], country, sources=SOURCES)
    assert found.presence is presence
    assert found.country == country
    assert found.says or presence is Presence.NO_LIST
    assert not found.own


def test_the_source_and_its_date_are_named() -> None:
    found = presence_at(CARDS["sciurus-carolinensis"], "GBR", sources=SOURCES)
    assert "GRIIS" in found.says[0]
    assert found.date == "2026-11-20"


def test_a_list_of_ones_own_wins_and_the_last_one_most() -> None:
    card = CARDS["panthera-leo"]
    older = PresenceRecord(card.taxon, "KEN", Presence.ABSENT, "county list", "2019")
    newer = replace(older, presence=Presence.NATIVE, checklist="reserve list", date="2025")
    found = presence_at(card, "KEN", sources=SOURCES, records=[older, newer])
    assert (found.presence, found.says, found.own) == (Presence.NATIVE, ("reserve list",), True)
    assert presence_at(card, "KEN", sources=SOURCES, records=[older]).presence is Presence.ABSENT
    assert presence_at(card, "TZA", sources=SOURCES, records=[older]).presence is Presence.NATIVE


def test_a_region_is_told_apart_from_its_country() -> None:
    card = CARDS["sciurus-carolinensis"]
    west = PresenceRecord(card.taxon, "USA", Presence.INVASIVE, "state list", region="US-CA")
    assert presence_at(card, "USA", sources=SOURCES, records=[west]).presence is Presence.NATIVE
    there = presence_at(card, "USA", sources=SOURCES, records=[west], region="US-CA")
    assert (there.presence, there.region) == (Presence.INVASIVE, "US-CA")


def test_no_record_is_not_expected_and_not_absence() -> None:
    assert not Presence.NO_RECORD.is_expected
    assert Presence.NO_RECORD is not Presence.ABSENT
    assert all(p.is_expected for p in Presence if p not in (Presence.NO_RECORD, Presence.ABSENT))
