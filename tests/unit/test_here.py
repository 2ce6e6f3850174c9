"""How the identified species is where the photo was taken."""

from dataclasses import replace

import pytest

from core.formats.identifications import to_record
from core.here import Here
from core.media import Capture, Position
from core.place import Presence, PresenceRecord, load_borders
from core.settings import ROOT
from core.species import load_cards, load_sources
from tests.unit.formats.test_identifications import failed, found

NAIROBI, BERLIN, AT_SEA = Position(-1.29, 36.82), Position(52.5, 13.4), Position(0.0, -30.0)


@pytest.fixture(scope="module")
def here() -> Here:
    folder = ROOT / "species_info"
    borders = load_borders(ROOT / "assets" / "maps" / "borders.json")
    return Here(borders, load_cards(folder), load_sources(folder), lambda country: [])


def lion(position: Position | None):
    return found(0.9, 0.06, capture=Capture(position=position))


def test_the_position_says_the_country(here: Here) -> None:
    native = here.presence(lion(NAIROBI))
    assert native is not None
    assert (native.country, native.presence) == ("KEN", Presence.NATIVE)
    strange = here.presence(lion(BERLIN))
    assert strange is not None
    assert (strange.country, strange.presence.is_expected) == ("DEU", False)
    assert here.presence(lion(AT_SEA)) is None


def test_without_a_position_the_usual_country_counts(here: Here) -> None:
    assert here.presence(lion(None)) is None
    usual = replace(here, country="KEN").presence(lion(None))
    assert usual is not None
    assert usual.country == "KEN"


def test_without_a_species_there_is_nothing_to_say(here: Here) -> None:
    assert here.presence(failed()) is None
    assert here.presence(found(0.5, 0.45, capture=Capture(position=NAIROBI))) is None


def test_own_lists_are_asked(here: Here) -> None:
    own = PresenceRecord("panthera-leo", "KEN", Presence.ABSENT, "county list")
    status = replace(here, records=lambda country: [own]).presence(lion(NAIROBI))
    assert status is not None
    assert (status.presence, status.own) == (Presence.ABSENT, True)


def test_a_record_has_the_country_but_no_position(here: Here) -> None:
    item = lion(NAIROBI)
    record = to_record(item, presence=here.presence(item))
    assert record["presence"]["country"] == "KEN"
    assert record["presence"]["status"] == "native"
    assert record["presence"]["expected"] is True
    assert "36.8" not in str(record)
    assert record["confidence"] == to_record(item)["confidence"]
