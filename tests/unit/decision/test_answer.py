"""How far down the tree to answer, and how to say it."""

import numpy as np
import pytest

from core.decision import Answer, Distribution, Outcome, decide, sentence, withhold
from core.taxonomy import BLANK, HUMAN, OTHER, VEHICLE, Rank, Taxon, Taxonomy

UPPER = ["Animalia", "Chordata", "Mammalia", "Carnivora"]
NOUNS = {"Animalia": "animal", "Mammalia": "mammal", "Felidae": "cat"}


def tree() -> Taxonomy:
    def taxon(rank: Rank, name: str, parent: str | None, common: str | None = None) -> Taxon:
        names = {"en": common} if common else {}
        return Taxon(name.lower(), rank, name, parent and parent.lower(), names, noun=NOUNS.get(name))

    taxa = [taxon(Rank(i), name, UPPER[i - 1] if i else None) for i, name in enumerate(UPPER)]
    for family, genus, species in [
        ("Felidae", "Panthera", {"Panthera pardus": "Leopard", "Panthera onca": "Jaguar"}),
        ("Felidae", "Felis", {"Felis catus": "Domestic Cat"}),
        ("Viverridae", "Civettictis", {"Civettictis civetta": "African Civet"}),
    ]:
        taxa.append(taxon(Rank.FAMILY, family, "Carnivora"))
        taxa.append(taxon(Rank.GENUS, genus, family))
        taxa += [taxon(Rank.SPECIES, name, genus, common) for name, common in species.items()]
    return Taxonomy({t.id: t for t in taxa}.values())


TREE = tree()
CLASSES = ["panthera pardus", "panthera onca", "felis catus", "civettictis civetta", BLANK]


def answer(*probabilities: float, target: float = 0.65) -> Answer:
    return decide(Distribution(TREE, CLASSES, np.array(probabilities)), target=target)


@pytest.mark.parametrize(
    ("probabilities", "outcome", "taxon", "words"),
    [
        (
            (0.94, 0.03, 0.02, 0.01, 0),
            Outcome.IDENTIFIED,
            "panthera pardus",
            "Leopard, *Panthera pardus*, 94 %",
        ),
        (
            (0.48, 0.41, 0.04, 0.04, 0.03),
            Outcome.ROLLED_UP,
            "panthera",
            "A cat of the genus *Panthera*, species unsure: leopard 48 %, jaguar 41 %",
        ),
        (
            (0.32, 0.3, 0.28, 0.1, 0),
            Outcome.ROLLED_UP,
            "felidae",
            "A cat of the family *Felidae*, species unsure: leopard 32 %, jaguar 30 %, domestic cat 28 %",
        ),
        (
            (0.11, 0.09, 0.2, 0.55, 0.05),
            Outcome.ROLLED_UP,
            "carnivora",
            "A mammal of the order *Carnivora*, species unsure: African civet 55 %, domestic cat 20 %, leopard 11 %",
        ),
        ((0, 0, 0, 0.1, 0.9), Outcome.BLANK, None, "No animal to be seen, 90 %"),
        ((0.4, 0, 0, 0, 0.6), Outcome.UNSURE, None, "Probably no animal (60 %), else leopard 40 %"),
        (
            (0.55, 0, 0, 0, 0.45),
            Outcome.UNSURE,
            None,
            "Fieldmark cannot say what this is: perhaps leopard 55 %",
        ),
    ],
)
def test_the_answer_and_its_words(
    probabilities: tuple[float, ...], outcome: Outcome, taxon: str | None, words: str
) -> None:
    found = answer(*probabilities)
    assert found.outcome is outcome
    assert (found.taxon.id if found.taxon else None) == taxon
    assert sentence(found, TREE) == words


def test_the_ladder_goes_through_the_answer_even_if_the_best_species_is_elsewhere() -> None:
    found = answer(0.3, 0.29, 0.01, 0.4, 0, target=0.55)
    assert found.candidates[0].taxon.id == "civettictis civetta"
    assert found.taxon is not None
    assert found.taxon.id == "panthera"
    assert [rung.taxon.id for rung in found.ladder][-3:] == ["felidae", "panthera", "panthera pardus"]


def test_reaching_the_target_exactly_is_enough() -> None:
    assert answer(0.75, 0.25, 0, 0, 0, target=0.75).outcome is Outcome.IDENTIFIED
    assert answer(0.75, 0.25, 0, 0, 0, target=0.76).outcome is Outcome.ROLLED_UP


def test_a_withheld_answer_names_nothing_but_keeps_its_grounds() -> None:
    withheld = withhold(answer(0.94, 0.03, 0.02, 0.01, 0))
    assert (withheld.outcome, withheld.taxon) == (Outcome.UNSURE, None)
    assert withheld.candidates[0].taxon.id == "panthera pardus"


@pytest.mark.parametrize("target", [0, -1, 1.01])
def test_an_impossible_target_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="target"):
        answer(1, 0, 0, 0, 0, target=target)


def test_certainty_is_never_claimed() -> None:
    assert sentence(answer(0.9999, 0.0001, 0, 0, 0), TREE).endswith("> 99 %")


@pytest.mark.parametrize("label", [HUMAN, VEHICLE])
def test_a_person_or_a_vehicle_is_an_answer_if_it_reaches_the_target(label: str) -> None:
    def seen(share: float) -> Answer:
        row = np.array([1 - share, 0, 0, 0, 0, share])
        return decide(Distribution(TREE, [*CLASSES, label], row), target=0.65)

    assert (seen(0.7).outcome.value, seen(0.7).taxon, seen(0.7).confidence) == (label, None, 0.7)
    assert seen(0.6).outcome is Outcome.UNSURE
    words = {HUMAN: "A person, 70 %", VEHICLE: "A vehicle, 70 %"}
    assert sentence(seen(0.7), TREE) == words[label]


def test_outcomes_have_the_names_that_exports_use() -> None:
    assert [outcome.value for outcome in Outcome] == [
        "identified", "rolled_up", "blank", "human", "vehicle", "unsure",
    ]  # fmt: skip


def test_no_scene_is_named_if_an_animal_is_more_likely() -> None:
    row = np.array([0.45, 0, 0, 0, 0.4, 0.15])
    found = decide(Distribution(TREE, [*CLASSES, HUMAN], row), target=0.4)
    assert found.taxon is not None
    assert found.taxon.id == "panthera pardus"


def novel(*probabilities: float, novelty: float = 0.9, target: float = 0.65) -> Answer:
    distribution = Distribution(TREE, CLASSES, np.array(probabilities))
    return decide(distribution, target=target, novelty=novelty, novel_above=0.8)


@pytest.mark.parametrize(
    ("probabilities", "outcome", "taxon", "words"),
    [
        (
            (0.9, 0.04, 0.03, 0.03, 0),
            Outcome.ROLLED_UP,
            "panthera",
            "A cat of the genus *Panthera*, but probably none that Fieldmark knows: most like leopard 90 %",
        ),
        (
            (0.4, 0.1, 0.3, 0.2, 0),
            Outcome.ROLLED_UP,
            "felidae",
            "A cat of the family *Felidae*, but probably none that Fieldmark knows: "
            "most like leopard 40 %, domestic cat 30 %, African civet 20 %",
        ),
        (
            (0.6, 0, 0, 0, 0.4),
            Outcome.UNSURE,
            None,
            "Probably an animal that Fieldmark does not know: most like leopard 60 %",
        ),
        ((0.4, 0, 0, 0, 0.6), Outcome.UNSURE, None, "Probably no animal (60 %), else leopard 40 %"),
    ],
)
def test_a_stranger_is_named_above_its_species_at_most(
    probabilities: tuple[float, ...], outcome: Outcome, taxon: str | None, words: str
) -> None:
    found = novel(*probabilities)
    assert (found.novel, found.novelty) == (True, 0.9)
    assert found.outcome is outcome
    assert (found.taxon.id if found.taxon else None) == taxon
    assert sentence(found, TREE) == words


def test_novelty_counts_from_its_threshold_on() -> None:
    sure = (0.9, 0.04, 0.03, 0.03, 0)
    assert novel(*sure, novelty=0.8).novel
    below = novel(*sure, novelty=0.79)
    assert (below.novel, below.novelty, below.outcome) == (False, 0.79, Outcome.IDENTIFIED)
    unjudged = decide(Distribution(TREE, CLASSES, np.array(sure)), target=0.65, novelty=0.99)
    assert (unjudged.novel, unjudged.outcome) == (False, Outcome.IDENTIFIED)
    assert answer(*sure).novelty is None


def test_an_empty_frame_is_no_stranger() -> None:
    found = novel(0.05, 0.05, 0, 0, 0.9)
    assert (found.outcome, found.novel) == (Outcome.BLANK, False)


def test_the_class_of_other_animals_says_stranger_where_it_beats_all_listed_species() -> None:
    def seen(leopard: float, other: float) -> Answer:
        row = np.array([leopard, 0, 0, 0, 0, other])
        return decide(Distribution(TREE, [*CLASSES, OTHER], row), target=0.3)

    assert (seen(0.6, 0.4).novel, seen(0.6, 0.4).outcome) == (False, Outcome.IDENTIFIED)
    found = seen(0.4, 0.6)
    assert (found.novel, found.outcome) == (True, Outcome.ROLLED_UP)
    assert found.taxon is not None
    assert found.taxon.id == "panthera"


def test_a_withheld_answer_speaks_of_no_stranger() -> None:
    withheld = withhold(novel(0.9, 0.04, 0.03, 0.03, 0))
    assert (withheld.novel, withheld.novelty, withheld.taxon) == (False, None, None)


def test_a_higher_target_never_names_anything_finer() -> None:
    rng = np.random.default_rng(0)
    classes = [*CLASSES, HUMAN, OTHER]
    for row in rng.dirichlet(np.full(7, 0.5), 200):
        distribution = Distribution(TREE, classes, row)
        before: Answer | None = None
        for target in np.linspace(0.05, 1, 40):
            found = decide(distribution, target=float(target))
            if before is not None and found.outcome is not Outcome.UNSURE:
                assert before.outcome is found.outcome or before.outcome is Outcome.IDENTIFIED
                if found.taxon is not None:
                    assert before.taxon is not None
                    assert found.taxon in TREE.lineage(before.taxon.id)
                    assert found.taxon in [rung.taxon for rung in found.ladder]
            before = found
