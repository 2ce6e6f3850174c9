"""Finding a taxon by any of its names, on the taxa that ship with Fieldmark."""

import pytest

from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.taxonomy import Rank, Taxon, Taxonomy, TaxonSearch


@pytest.fixture(scope="module")
def search() -> TaxonSearch:
    folder = ROOT / "species_info"
    return TaxonSearch(load_taxonomy(load_cards(folder), folder))


def first(search: TaxonSearch, query: str) -> str:
    return search.find(query)[0].taxon.scientific_name


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Leopard", "Panthera pardus"),
        ("leopard", "Panthera pardus"),
        ("PANTHERA PARDUS", "Panthera pardus"),
        ("  snow   leopard ", "Panthera uncia"),
        ("Felidae", "Felidae"),
        ("white-tailed deer", "Odocoileus virginianus"),
        ("white tailed deer", "Odocoileus virginianus"),
    ],
)
def test_a_whole_name_is_an_exact_hit(search: TaxonSearch, query: str, found: str) -> None:
    hit = search.find(query)[0]
    assert (hit.taxon.scientific_name, hit.score) == (found, 100.0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Léopard", "Panthera pardus"),
        ("Löwe", "Panthera leo"),
        ("lowe", "Panthera leo"),
        ("hipopotamo", "Hippopotamus amphibius"),
        ("girafe", "Giraffa camelopardalis"),
        ("ours brun", "Ursus arctos"),
        ("caballo", "Equus caballus"),
        ("simba", "Panthera leo"),
        ("tembo", "Loxodonta africana"),
        ("elefant", "Loxodonta africana"),
    ],
)
def test_names_in_other_languages_with_or_without_accents(
    search: TaxonSearch, query: str, found: str
) -> None:
    assert first(search, query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Canis lupus familiaris", "Canis familiaris"),
        ("Felis concolor", "Puma concolor"),
        ("grizzly", "Ursus arctos"),
        ("orca", "Orcinus orca"),
        ("mountain lion", "Puma concolor"),
    ],
)
def test_synonyms_and_other_names(search: TaxonSearch, query: str, found: str) -> None:
    assert first(search, query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lepard", "Panthera pardus"),
        ("leoprad", "Panthera pardus"),
        ("lepoard", "Panthera pardus"),
        ("tigger", "Panthera tigris"),
        ("cheetha", "Acinonyx jubatus"),
        ("eagel", "Haliaeetus leucocephalus"),
        ("bald eagel", "Haliaeetus leucocephalus"),
        ("snow lepard", "Panthera uncia"),
        ("white taled deer", "Odocoileus virginianus"),
        ("spoted hyena", "Crocuta crocuta"),
        ("afircan wild dog", "Lycaon pictus"),
        ("kangroo", "Macropus giganteus"),
        ("Panthera pardsu", "Panthera pardus"),
    ],
)
def test_a_slip_of_the_fingers_is_forgiven(search: TaxonSearch, query: str, found: str) -> None:
    assert first(search, query) == found
    assert search.find(query)[0].score < 90


def test_words_may_be_left_out_or_come_in_another_order(search: TaxonSearch) -> None:
    assert first(search, "african elephant") in {"Loxodonta africana", "Loxodonta"}
    assert first(search, "eagle bald") == "Haliaeetus leucocephalus"
    assert first(search, "elephant savanna") == "Loxodonta africana"


def test_cat_means_cats_before_whatever_begins_with_cat(search: TaxonSearch) -> None:
    names = [hit.taxon.scientific_name for hit in search.find("cat")[:5]]
    assert {"Felidae", "Felis catus"} <= set(names)
    assert "Bos taurus" not in names


@pytest.mark.parametrize(("query", "group"), [("bear", "Ursidae"), ("bat", "Chiroptera"), ("rat", "Rattus")])
def test_the_singular_finds_the_group_that_is_named_in_the_plural(
    search: TaxonSearch, query: str, group: str
) -> None:
    assert group in {hit.taxon.scientific_name for hit in search.find(query)[:2]}


@pytest.mark.parametrize(
    "query",
    ["xqzzv", "asdfgh", "", "   ", "!?", "owl pellet factory", "zz", "\u0301", "q" * 5000, "a b " * 2000],
)
def test_nonsense_finds_nothing(search: TaxonSearch, query: str) -> None:
    assert search.find(query) == []


def small(*names: str) -> TaxonSearch:
    root = Taxon("animalia", Rank.KINGDOM, "Animalia", None)
    species = [
        Taxon(f"s{i}", Rank.SPECIES, f"Genus s{i}x", "animalia", {"en": n}) for i, n in enumerate(names)
    ]
    return TaxonSearch(Taxonomy([root, *species]))


def test_how_a_name_matches_decides_the_order() -> None:
    names = ["Sealion Rock", "Sealer", "Leopard Seal", "Elephant Seals", "Saal", "Seals", "Seal"]
    found = [hit.matched_name for hit in small(*names).find("seal")]
    assert found == ["Seal", "Seals", "Leopard Seal", "Elephant Seals", "Sealer", "Sealion Rock", "Saal"]


def test_each_taxon_comes_once_with_its_best_name_and_the_list_is_cut() -> None:
    root = Taxon("animalia", Rank.KINGDOM, "Animalia", None)
    both = Taxon("a", Rank.SPECIES, "A b", "animalia", {"en": "Big Wolf", "de": "Wolf"}, ("Wolf Dog",))
    search = TaxonSearch(Taxonomy([root, both]))
    assert [(hit.matched_name, hit.score) for hit in search.find("wolf")] == [("Wolf", 100.0)]
    assert len(small(*["Red Fox"] * 12).find("fox")) == 8
    assert len(small(*["Red Fox"] * 12).find("fox", limit=3)) == 3


def test_of_equal_names_the_finer_rank_comes_first() -> None:
    root = Taxon("animalia", Rank.KINGDOM, "Animalia", None)
    genus = Taxon("g", Rank.GENUS, "Gggg", "animalia", {"en": "Cheetah"})
    species = Taxon("s", Rank.SPECIES, "Gggg s", "g", {"en": "Cheetah"})
    assert [hit.taxon.id for hit in TaxonSearch(Taxonomy([root, genus, species])).find("cheetah")] == [
        "s",
        "g",
    ]
