"""The answer as a sentence."""

from dataclasses import replace

import pytest

from core.decision import Answer, Candidate, Outcome, percent, sentence
from core.decision.wording import group_phrase
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.taxonomy import Rank, Taxon, Taxonomy

FOLDER = ROOT / "species_info"


@pytest.fixture(scope="module")
def tree() -> Taxonomy:
    return load_taxonomy(load_cards(FOLDER), FOLDER)


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.94, "94 %"),
        (0.945, "94 %"),
        (0.9949, "> 99 %"),
        (0.99, "99 %"),
        (1.0, "> 99 %"),
        (0.5, "50 %"),
        (0.01, "1 %"),
        (0.0099, "< 1 %"),
        (0.0, "< 1 %"),
    ],
)
def test_a_percentage_never_claims_certainty(probability: float, text: str) -> None:
    assert percent(probability) == text


def answer(
    tree: Taxonomy,
    outcome: Outcome,
    taxon: str | None,
    confidence: float,
    blank: float = 0.0,
    **guesses: float,
) -> Answer:
    candidates = tuple(Candidate(tree.get(name.replace("_", "-")), p) for name, p in guesses.items())
    found = tree.get(taxon) if taxon else None
    return Answer(outcome, found, confidence, 0.65, blank, (), candidates)


def test_a_species_has_both_its_names(tree: Taxonomy) -> None:
    found = answer(tree, Outcome.IDENTIFIED, "panthera-pardus", 0.94, panthera_pardus=0.94)
    assert sentence(found, tree) == "Leopard, *Panthera pardus*, 94 %"


def test_a_genus_names_its_likely_species(tree: Taxonomy) -> None:
    found = answer(tree, Outcome.ROLLED_UP, "panthera", 0.9, panthera_pardus=0.48, panthera_onca=0.41)
    assert sentence(found, tree) == (
        "A cat of the genus *Panthera*, species unsure: leopard 48 %, jaguar 41 %"
    )


@pytest.mark.parametrize(
    ("taxon", "phrase"),
    [
        ("felidae", "A cat of the family *Felidae*"),
        ("mammalia", "A mammal"),
        ("insecta", "An insect"),
        ("amphibia", "An amphibian"),
        ("artiodactyla", "A mammal of the order *Artiodactyla*"),
        ("panthera", "A cat of the genus *Panthera*"),
    ],
)
def test_a_group_is_named_by_the_nearest_word_for_one_of_its_members(
    tree: Taxonomy, taxon: str, phrase: str
) -> None:
    assert group_phrase(tree.get(taxon), tree) == phrase


def test_every_group_can_be_said(tree: Taxonomy) -> None:
    for rank in (Rank.CLASS, Rank.ORDER, Rank.FAMILY, Rank.GENUS):
        for taxon in tree.at(rank):
            phrase = group_phrase(taxon, tree)
            assert phrase.startswith(("A ", "An "))
            assert not phrase.startswith("A animal")


def test_only_guesses_worth_naming_are_named(tree: Taxonomy) -> None:
    guesses = {"panthera_leo": 0.4, "panthera_onca": 0.3, "panthera_tigris": 0.1, "panthera_uncia": 0.09}
    found = answer(tree, Outcome.ROLLED_UP, "panthera", 0.9, **guesses)
    assert sentence(found, tree).endswith(": lion 40 %, jaguar 30 %, tiger 10 %")
    thin = answer(tree, Outcome.ROLLED_UP, "mammalia", 0.7, panthera_leo=0.04, panthera_onca=0.03)
    assert sentence(thin, tree) == "A mammal, species unsure: lion 4 %"


@pytest.mark.parametrize(
    ("species", "text"),
    [
        ("odocoileus-virginianus", "white-tailed deer"),
        ("loxodonta-africana", "African savanna elephant"),
        ("lycaon-pictus", "African wild dog"),
        ("varanus-komodoensis", "Komodo dragon"),
        ("crocodylus-niloticus", "Nile crocodile"),
        ("erythrocebus-patas", "patas monkey"),
    ],
)
def test_names_keep_their_capitals_only_where_they_are_names(tree: Taxonomy, species: str, text: str) -> None:
    found = answer(tree, Outcome.ROLLED_UP, "mammalia", 0.9, **{species: 0.5})
    assert sentence(found, tree).endswith(f": {text} 50 %")


@pytest.mark.parametrize(
    ("taxon", "words"),
    [
        ("panthera", "A cat of the genus *Panthera*, but probably none of the cats that Fieldmark knows"),
        ("felidae", "A cat of the family *Felidae*, but probably none of the cats that Fieldmark knows"),
        ("mammalia", "A mammal, but probably none of the mammals that Fieldmark knows"),
        (
            "cathartidae",
            "A vulture of the family *Cathartidae*, but probably none of the New World vultures that Fieldmark knows",
        ),
    ],
)
def test_a_stranger_is_told_from_its_relatives(tree: Taxonomy, taxon: str, words: str) -> None:
    found = replace(answer(tree, Outcome.ROLLED_UP, taxon, 0.9, panthera_pardus=0.4), novel=True)
    assert sentence(found, tree) == f"{words}: most like leopard 40 %"


def test_a_stranger_without_a_group(tree: Taxonomy) -> None:
    found = replace(answer(tree, Outcome.UNSURE, "chordata", 0.9, panthera_pardus=0.4), novel=True)
    assert sentence(found, tree) == "Probably an animal that Fieldmark does not know: most like leopard 40 %"


def test_people_and_vehicles(tree: Taxonomy) -> None:
    assert sentence(answer(tree, Outcome.HUMAN, None, 0.93), tree) == "A person, 93 %"
    assert sentence(answer(tree, Outcome.VEHICLE, None, 0.999), tree) == "A vehicle, > 99 %"


def test_a_blank(tree: Taxonomy) -> None:
    assert sentence(answer(tree, Outcome.BLANK, None, 0.93, 0.93), tree) == "No animal to be seen, 93 %"


def test_the_ways_of_being_unsure(tree: Taxonomy) -> None:
    likely_blank = answer(tree, Outcome.UNSURE, None, 0.6, 0.6, panthera_leo=0.3)
    assert sentence(likely_blank, tree) == "Probably no animal (60 %), else lion 30 %"
    nothing = answer(tree, Outcome.UNSURE, None, 0.55, 0.45, panthera_leo=0.3)
    assert sentence(nothing, tree) == "Fieldmark cannot say what this is: perhaps lion 30 %"
    animal = answer(tree, Outcome.UNSURE, "chordata", 0.9, 0.1, panthera_leo=0.3)
    assert sentence(animal, tree) == "An animal that Fieldmark cannot name with confidence: perhaps lion 30 %"


def test_a_species_without_an_english_name_goes_by_its_scientific_one() -> None:
    taxa = [
        Taxon("felidae", Rank.FAMILY, "Felidae", None, noun="cat"),
        Taxon("felis-x", Rank.SPECIES, "Felis x", "felidae"),
    ]
    small = Taxonomy(taxa)
    found = answer(small, Outcome.IDENTIFIED, "felis-x", 0.9)
    assert sentence(found, small) == "*Felis x*, 90 %"
    rolled = answer(small, Outcome.ROLLED_UP, "felidae", 0.9, felis_x=0.5)
    assert sentence(rolled, small) == "A cat of the family *Felidae*, species unsure: *Felis x* 50 %"
