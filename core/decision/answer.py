"""How far down the tree to answer."""

from dataclasses import dataclass, replace
from enum import StrEnum

from core.decision.distribution import Candidate, Distribution
from core.taxonomy import BLANK, HUMAN, OTHER, VEHICLE, Rank, Taxon

SCENES = (BLANK, HUMAN, VEHICLE)  # labels of photos without an animal to name
COARSEST_ANSWER = Rank.CLASS  # "a mammal" helps; "a chordate" does not


class Outcome(StrEnum):
    """What kind of answer it is."""

    IDENTIFIED = "identified"  # a species
    ROLLED_UP = "rolled_up"  # a genus, family, order or class
    BLANK = "blank"  # no animal
    HUMAN = "human"  # a person
    VEHICLE = "vehicle"
    UNSURE = "unsure"  # nothing that helps reaches the target


@dataclass(frozen=True, slots=True)
class Answer:
    """The most specific statement that reaches the target, and what it rests on.

    Attributes:
        taxon: `None` for a blank, a person and a vehicle, and for an unsure answer where not even
            "an animal" is likely.
        confidence: Calibrated probability of the statement, in [0, 1].
        ladder: Kingdom to species through `taxon`; a parent is at least as probable as its child.
        candidates: Species, best first.
        novel: The animal is probably none of the species that the model knows; then no species is named.
        novelty: The chance of that in [0, 1]; `None` if nobody looked.
    """

    outcome: Outcome
    taxon: Taxon | None
    confidence: float
    target: float
    blank: float
    ladder: tuple[Candidate, ...]
    candidates: tuple[Candidate, ...]
    novel: bool = False
    novelty: float | None = None


def withhold(answer: Answer) -> Answer:
    """Return the same without a name, for a photo in which nothing can be seen."""
    return replace(answer, outcome=Outcome.UNSURE, taxon=None, novel=False, novelty=None)


def decide(
    distribution: Distribution,
    *,
    target: float,
    top_k: int = 5,
    novelty: float | None = None,
    novel_above: float | None = None,
) -> Answer:
    """Choose the deepest taxon whose probability reaches `target` (climbing: Goren et al., 2024).

    A higher target only ever gives the same answer, a coarser one, or an unsure one. For an animal that
    is probably new to the model the answer stops above the species.

    Args:
        target: In (0, 1]. Above 0.5 the answer is unique; lower targets prefer depth.
        top_k: How many species to list.
        novelty: The chance in [0, 1] that the animal is none of the listed species, if known.
        novel_above: Novelty from which the animal counts as new. The class `OTHER`, if the model has
            it, says so on its own where it is more probable than all listed species together.

    Raises:
        ValueError: `target` or `top_k` is out of range.
    """
    if not 0 < target <= 1:
        raise ValueError(f"target must be above 0 and at most 1, not {target}")
    if top_k < 1:
        raise ValueError(f"top_k must be at least 1, not {top_k}")
    animal = distribution.probability(distribution.taxonomy.root.id)
    other = distribution.flags.get(OTHER, 0.0)
    novel = other > animal or _is_new(novelty, novel_above)
    scene = max(SCENES, key=lambda name: distribution.flags.get(name, 0.0))
    shown = distribution.flags.get(scene, 0.0)
    found = distribution.deepest(target, finest=Rank.GENUS if novel else Rank.SPECIES)
    taxon = None
    if shown >= target and shown >= animal + other:
        outcome, confidence, novel = Outcome(scene), shown, False
    elif found is None:
        outcome, confidence = Outcome.UNSURE, max(animal, distribution.blank)
    else:
        outcome, taxon, confidence = _kind(found.taxon), found.taxon, found.probability
    return Answer(
        outcome=outcome,
        taxon=taxon,
        confidence=min(1.0, confidence),
        target=target,
        blank=distribution.blank,
        ladder=distribution.ladder(taxon.id if taxon else None),
        candidates=distribution.top(top_k),
        novel=novel,
        novelty=novelty,
    )


def _is_new(novelty: float | None, novel_above: float | None) -> bool:
    return novelty is not None and novel_above is not None and novelty >= novel_above


def _kind(taxon: Taxon) -> Outcome:
    if taxon.rank is Rank.SPECIES:
        return Outcome.IDENTIFIED
    return Outcome.ROLLED_UP if taxon.rank >= COARSEST_ANSWER else Outcome.UNSURE
