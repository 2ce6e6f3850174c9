"""Species cards: those that ship with Fieldmark, and what is wrong with bad ones."""

import dataclasses
from pathlib import Path

import pycountry
import pytest

from core.errors import CardError
from core.settings import ROOT
from core.species import SpeciesCard, load_card, load_cards, load_sources

FOLDER = ROOT / "species_info"
CARDS = load_cards(FOLDER)
SOURCES = load_sources(FOLDER)
COUNTRIES = {country.alpha_3 for country in pycountry.countries} | {"XKX"}  # Kosovo has no official code
SECTIONS = [
    "How to recognise it",
    "Easily confused with",
    "Where and when",
    "How it is doing",
    "What helps",
    "Did you know",
]
NO_FACTS = {
    "taxon", "scientific_name", "kingdom", "phylum", "class_", "order", "family", "genus",
    "common_names", "domestication", "sources", "sections", "length_type", "ids", "note",
}  # fmt: skip


@pytest.fixture(params=CARDS.values(), ids=CARDS, scope="module")
def card(request: pytest.FixtureRequest) -> SpeciesCard:
    found: SpeciesCard = request.param
    return found


class TestShippedCards:
    def test_every_file_is_a_card(self) -> None:
        assert len(CARDS) == 160
        assert len(list(FOLDER.glob("*.md"))) == 161  # and SOURCES.md

    def test_it_has_the_six_sections_and_none_is_empty(self, card: SpeciesCard) -> None:
        assert list(card.sections) == SECTIONS
        assert all(card.sections.values())

    def test_every_fact_has_a_source_and_every_source_is_listed(self, card: SpeciesCard) -> None:
        facts = {f.name for f in dataclasses.fields(card) if getattr(card, f.name)} - NO_FACTS
        facts |= {f"common_names.{language}" for language in card.common_names}
        facts |= {f"ids.{name}" for name in card.ids or {}}
        assert facts - set(card.sources) == set()
        assert {source for ids in card.sources.values() for source in ids} <= set(SOURCES)
        assert all(card.sources.values())

    def test_countries_exist_and_are_listed_once(self, card: SpeciesCard) -> None:
        for codes in (card.native, card.native_uncertain, card.introduced, card.invasive):
            assert set(codes) <= COUNTRIES
            assert len(set(codes)) == len(codes)
        assert not set(card.native) & set(card.introduced)
        assert set(card.invasive) <= set(card.introduced)

    def test_its_genus_is_in_its_name(self, card: SpeciesCard) -> None:
        assert card.scientific_name.split()[0] == card.genus

    def test_look_alikes_are_other_animals(self, card: SpeciesCard) -> None:
        assert f"*{card.scientific_name}*" not in card.sections["Easily confused with"]


def test_a_source_says_where_it_comes_from_and_under_which_licence() -> None:
    unchecked = {"general", "photo-label"}  # what no published source was found for
    named = [source for source in SOURCES.values() if source.id not in unchecked]
    assert len(named) == len(SOURCES) - 2
    for source in named:
        assert all(dataclasses.astuple(source)), source.id


def test_domestic_animals_are_told_apart() -> None:
    assert CARDS["bos-taurus"].is_domestic
    assert not CARDS["panthera-leo"].is_domestic


HEAD = {
    "taxon": "panthera-leo",
    "scientific_name": "Panthera leo",
    "kingdom": "Animalia",
    "phylum": "Chordata",
    "class": "Mammalia",
    "order": "Carnivora",
    "family": "Felidae",
    "genus": "Panthera",
    "common_names": "{en: Lion}",
    "domestication": "wild",
    "iucn": "VU",
    "native": "[KEN, TZA]",
    "body_mass_g": "150000",
    "sources": "{iucn: [a], taxonomy: [b], common_names.en: [c]}",
}


def write(
    folder: Path, name: str = "Panthera_leo.md", body: str = "## One\ntext\n", **change: str | None
) -> Path:
    lines = {**HEAD, **change}
    head = "".join(f"{key}: {value}\n" for key, value in lines.items() if value is not None)
    path = folder / name
    path.write_text(f"---\n{head}---\n{body}", encoding="utf-8")
    return path


def test_a_card_is_read_whole(tmp_path: Path) -> None:
    card = load_card(write(tmp_path, body="\n## One\n\nfirst\n\n### not a section\n\n##  Two \nsecond\n"))
    assert card.native == ("KEN", "TZA")
    assert card.body_mass_g == 150_000
    assert card.introduced == ()
    assert card.longevity_y is None
    assert card.sources["iucn"] == ("a",)
    assert dict(card.sections) == {"One": "first\n\n### not a section", "Two": "second"}


def test_windows_line_ends_make_no_difference(tmp_path: Path) -> None:
    path = write(tmp_path)
    plain = load_card(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_card(path) == plain


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"taxon": "lion"}, "taxon must be 'panthera-leo'"),
        ({"name": "Lion_king.md"}, r"the file must be called Panthera_leo\.md"),
        ({"iucn": "XX"}, "iucn 'XX' is none of EX, EW, CR"),
        ({"iucn": "no"}, "iucn must be text, not False"),
        ({"iucn": None}, "missing.*iucn"),
        ({"trend": "downwards"}, "trend 'downwards' is none of increasing, stable"),
        ({"common_names": "{de: Löwe}"}, "common_names needs en"),
        ({"common_names": "{en: Lion, xx: Lion}"}, "only en, es, fr, de, pt, sw are known"),
        ({"common_names": "Lion"}, "common_names must be a table"),
        ({"common_names": None}, "missing.*common_names"),
        ({"common_names": "{en: 5}"}, "common_names must be a table"),
        ({"ids": "{inat: 41964}"}, "ids must be a table"),
        ({"native": "[KE, TZA]"}, "native: KE is no ISO 3166-1 alpha-3 code"),
        ({"introduced": "[ken]"}, "introduced: ken is no ISO"),
        ({"native": "KEN"}, r"native must be a list, like \[a, b\]"),
        ({"native": ""}, "native must be a list"),
        ({"body_mass_g": "heavy"}, "body_mass_g must be a number above 0, not 'heavy'"),
        ({"body_mass_g": "-1"}, "body_mass_g must be a number above 0"),
        ({"longevity_y": ""}, "longevity_y must be a number.*leave out what is unknown"),
        ({"iucn_year": "yes"}, "iucn_year must be a number"),
        ({"scientific_name": "12"}, "scientific_name must be text, not 12"),
        ({"sources": None}, "no source for iucn; no source for taxonomy; no source for common_names.en"),
        ({"sources": "{iucn: [a], taxonomy: [b]}"}, r"no source for common_names\.en"),
        ({"sources": "{iucn: iucn-2025}"}, r"sources must be a table with lines like iucn: \[iucn-2025\]"),
        ({"colour": "yellow", "shape": "cat"}, "unknown field colour, shape"),
        ({"sections": "{}"}, "unknown field sections"),
        ({"1": "x"}, "unknown field 1"),
        ({"diet": "[unclosed"}, "the head is not YAML"),
    ],
)
def test_a_bad_card_is_refused_with_its_name_and_what_to_do(
    tmp_path: Path, change: dict[str, str | None], complaint: str
) -> None:
    path = write(tmp_path, **change)
    with pytest.raises(CardError, match=complaint) as caught:
        load_card(path)
    assert str(caught.value).startswith(f"{path.name}: ")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "starts with a YAML head between two lines of ---"),
        (b"# Lion\n", "starts with a YAML head"),
        (b"---\ntaxon: x\n", "starts with a YAML head"),
        (b"---\n- a\n- b\n---\n", "must be a list of `field: value` lines"),
        (b"---\n---\n", "must be a list of `field: value` lines"),
        (b"---\ntaxon: \xff\n---\n", "cannot be read as UTF-8"),
    ],
)
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, data: bytes, complaint: str) -> None:
    path = tmp_path / "Panthera_leo.md"
    path.write_bytes(data)
    with pytest.raises(CardError, match=rf"Panthera_leo\.md: .*{complaint}"):
        load_card(path)


def test_a_head_cannot_run_code(tmp_path: Path) -> None:
    made = tmp_path / "made"
    path = write(tmp_path, note=f"!!python/object/apply:os.mkdir ['{made}']")
    with pytest.raises(CardError, match="not YAML"):
        load_card(path)
    assert not made.exists()


def test_a_folder_is_read_by_name_and_other_files_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "Panthera_leo.md")
    write(tmp_path, "Felis_catus.md", taxon="felis-catus", scientific_name="Felis catus", genus="Felis")
    (tmp_path / "SOURCES.md").write_text("not a card")
    assert list(load_cards(tmp_path)) == ["felis-catus", "panthera-leo"]


def test_a_folder_without_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"no species cards in .*Panthera_pardus\.md"):
        load_cards(tmp_path)
