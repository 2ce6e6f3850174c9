"""Lists of what lives where, from CSV and from GRIIS."""

from pathlib import Path

import pytest

from core.errors import FormatError
from core.formats.presence_list import country_code, read_presence_list
from core.place import Presence
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.taxonomy.names import Names
from tests.unit.formats.archives import GRIIS, archive

NAMES = Names(load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info"))


def read(path: Path, country: str | None = None):
    return read_presence_list(path, NAMES, checklist="mine", country=country)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_griis_says_who_was_brought_and_who_is_invasive(tmp_path: Path) -> None:
    found = read(archive(tmp_path / "griis.zip", GRIIS))
    assert [(r.taxon, r.country, r.presence, r.date) for r in found.records] == [
        ("sciurus-carolinensis", "KEN", Presence.INVASIVE, "2019"),
        ("sus-scrofa", "KEN", Presence.INTRODUCED, ""),
        ("panthera-uncia", "KEN", Presence.ABSENT, ""),
    ]
    assert found.unknown == ("Lantana camara L.",)


def test_a_list_of_mere_names_means_native_in_the_country_that_is_said(tmp_path: Path) -> None:
    found = read(written(tmp_path, "species\nPanthera leo\nUncia uncia\n"), "Kenya")
    assert [(r.taxon, r.country, r.presence) for r in found.records] == [
        ("panthera-leo", "KEN", Presence.NATIVE),
        ("panthera-uncia", "KEN", Presence.NATIVE),
    ]


def test_columns_may_say_country_region_status_and_date(tmp_path: Path) -> None:
    text = "scientific_name;country;region;status;date\nSus scrofa;US;US-TX;Invasive;2025-05-01\nSus scrofa;us;;introduced;\n"
    first, second = read(written(tmp_path, text)).records
    assert (first.country, first.region, first.presence, first.date) == (
        "USA",
        "US-TX",
        Presence.INVASIVE,
        "2025-05-01",
    )
    assert (second.region, second.presence) == ("", Presence.INTRODUCED)


@pytest.mark.parametrize(
    ("text", "country", "message"),
    [
        ("scientific_name,country\nPanthera leo,QQQ\n", None, r"line 2: 'QQQ' is no country"),
        ("scientific_name\nPanthera leo\n", None, "no country; say which one"),
        ("scientific_name\nPanthera leo\n", "Atlantis", "'Atlantis' is no country"),
        ("scientific_name,status\nPanthera leo,somewhat\n", "KEN", "'somewhat' is none of"),
        ("animal\nlion\n", "KEN", "needs a column 'scientific_name'"),
        ("scientific_name,country,region\nSus scrofa,KEN,US-TX\n", None, "US-TX is not in KEN"),
    ],
)
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, text: str, country: str | None, message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        read(written(tmp_path, text), country)


def test_many_mistakes_are_counted(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="and 15 more"):
        read(written(tmp_path, "scientific_name,country\n" + "Panthera leo,QQQ\n" * 20))


def test_near_misses_are_not_taken_for_a_species(tmp_path: Path) -> None:
    found = read(written(tmp_path, "scientific_name\nPanthera leoo\n"), "KEN")
    assert not found.records
    assert found.unknown == ("Panthera leoo",)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "griis.zip"
    path.write_bytes(archive(tmp_path / "whole.zip", GRIIS).read_bytes()[:200])
    with pytest.raises(FormatError, match="called ZIP but is none"):
        read(path)


@pytest.mark.parametrize(
    ("text", "code"), [("ke", "KEN"), ("KEN", "KEN"), ("Tanzania", "TZA"), ("XK", "XKX"), ("Narnia", None)]
)
def test_countries_by_code_and_name(text: str, code: str | None) -> None:
    assert country_code(text) == code
