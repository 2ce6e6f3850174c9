"""How far down the tree to answer."""

from dataclasses import dataclass, replace
from enum import StrEnum

from core.decision.distribution import Candidate, Distribution
from core.taxonomy import Rank, Taxon

COARSEST_ANSWER = Rank.CLASS  # "a mammal" helps; "a chordate" does not


class Outcome(StrEnum):
    """What kind of answer it is."""

    IDENTIFIED = "identified"  # a species
    ROLLED_UP = "rolled_up"  # a genus, family, order or class
    BLANK = "blank"  # no animal
    UNSURE = "unsure"  # nothing that helps reaches the target


@dataclass(frozen=True, slots=True)
class Answer:
    """The most specific statement that reaches the target, and what it rests on.

    Attributes:
        taxon: `None` for a blank, and for an unsure answer where not even "an animal" is likely.
        confidence: Calibrated probability of the statement, in [0, 1].
        ladder: Kingdom to species through `taxon`; a parent is at least as probable as its child.
        candidates: Species, best first.
    """

    outcome: Outcome
    taxon: Taxon | None
    confidence: float
    target: float
    blank: float
    ladder: tuple[Candidate, ...]
    candidates: tuple[Candidate, ...]


def withhold(answer: Answer) -> Answer:
    """Return the same without a name, for a photo in which nothing can be seen."""
    return replace(answer, outcome=Outcome.UNSURE, taxon=None)


def decide(distribution: Distribution, *, target: float, top_k: int = 5) -> Answer:
    """Choose the deepest taxon whose probability reaches `target` (climbing: Goren et al., 2024).

    Args:
        target: In (0, 1]. Above 0.5 the answer is unique; lower targets prefer depth.
        top_k: How many species to list.

    Raises:
        ValueError: `target` or `top_k` is out of range.
    """
    if not 0 < target <= 1:
        raise ValueError(f"target must be above 0 and at most 1, not {target}")
    if top_k < 1:
        raise ValueError(f"top_k must be at least 1, not {top_k}")
    found = distribution.deepest(target)
    if distribution.blank >= target:
        outcome, taxon, confidence = Outcome.BLANK, None, distribution.blank
    elif found is None:
        animal = distribution.probability(distribution.taxonomy.root.id)
        outcome, taxon, confidence = Outcome.UNSURE, None, max(animal, distribution.blank)
    else:
        taxon, confidence = found.taxon, found.probability
        if taxon.rank is Rank.SPECIES:
            outcome = Outcome.IDENTIFIED
        else:
            outcome = Outcome.ROLLED_UP if taxon.rank >= COARSEST_ANSWER else Outcome.UNSURE
    return Answer(
        outcome=outcome,
        taxon=taxon,
        confidence=min(1.0, confidence),
        target=target,
        blank=distribution.blank,
        ladder=distribution.ladder(taxon.id if taxon else None),
        candidates=distribution.top(top_k),
    )
