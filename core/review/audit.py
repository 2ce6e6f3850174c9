"""How often the model is right, from the photos that were chosen by chance and from no others.

Photos that people look at because the model was unsure are harder than the rest; counting them would make the model look
worse, and leaving them out better. One photo in ten is chosen by its hash before anybody or anything has seen it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.evaluation.bootstrap import wilson_interval
from core.review.queue import is_audit
from core.store import Judged
from core.taxonomy import BLANK, Rank, Taxonomy


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `n`, and the 95 % interval of that share (Wilson, 1927)."""

    right: int
    n: int

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end in [0, 1]; everything is possible without photos."""
        return wilson_interval(self.right / self.n, self.n) if self.n else (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Audit:
    """What the labelled audit photos say.

    Attributes:
        photos: How many of them are labelled.
        ranks: By rank, the share of animals whose taxon at that rank is that of the likeliest species; labels
            that stop above a rank do not count there.
        empties: The share of photos without an animal that the model called empty.
        species: By species as people say, the share that the model gets right.
    """

    photos: int
    ranks: dict[Rank, Share]
    empties: Share
    species: dict[str, Share]


def audit(judged: Iterable[Judged], taxonomy: Taxonomy) -> Audit:
    """Judge the model by the photos that were chosen by chance."""
    chosen = [one for one in judged if is_audit(one.sha256)]
    empty = [one for one in chosen if one.label is None]
    animals = [one for one in chosen if one.label is not None and one.label in taxonomy]
    return Audit(
        photos=len(chosen),
        ranks={rank: _share(animals, rank, taxonomy) for rank in Rank if rank >= Rank.CLASS},
        empties=Share(sum(one.displayed == BLANK for one in empty), len(empty)),
        species={
            name: _share([one for one in animals if one.label == name], Rank.SPECIES, taxonomy)
            for name in sorted({str(one.label) for one in animals})
            if taxonomy.get(name).rank is Rank.SPECIES
        },
    )


def _share(animals: list[Judged], rank: Rank, taxonomy: Taxonomy) -> Share:
    right = n = 0
    for one in animals:
        truth = taxonomy.ancestor(str(one.label), rank)
        if truth is None:
            continue
        n += 1
        named = one.best is not None and one.best in taxonomy and one.displayed != BLANK
        guess = taxonomy.ancestor(str(one.best), rank) if named else None
        right += guess == truth
    return Share(right, n)
