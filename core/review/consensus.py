"""What several people together take a photo to be, down the taxonomy.

The rule of iNaturalist's community taxon: a taxon is backed by everybody who named it or something below it, and opposed by
everybody who named something beside it, or who named a taxon above it and said that it is not this one. Of the taxa that at
least two back, and more than two thirds of those who have a view on it, the finest is the community's.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.taxonomy import BLANK, Rank, Taxonomy

BACKERS = 2
SHARE = 2 / 3


class Status(StrEnum):
    """How far people agree."""

    UNREVIEWED = "unreviewed"
    SINGLE = "single"  # one person has spoken
    AGREED = "agreed"
    CONTESTED = "contested"


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person says now.

    Attributes:
        taxon: Taxon id at any rank, `None` for no animal.
        not_this: The taxon that the person ruled out by naming one above it, if any.
    """

    annotator: str
    taxon: str | None
    not_this: str | None = None


@dataclass(frozen=True, slots=True)
class Consensus:
    """What people say together.

    Attributes:
        taxon: A taxon id, `"blank"`, or `None` without a common answer.
        score: Share of those with a view on it who back it, in [0, 1].
        backers: How many back it.
    """

    taxon: str | None
    score: float
    backers: int
    voters: int
    status: Status


def consensus(votes: Sequence[Vote], taxonomy: Taxonomy) -> Consensus:
    """Return the common answer; the order of the votes does not matter.

    A single vote is the answer of a house with one person in it. A vote for a taxon that the taxonomy does not know
    backs nothing and speaks against everything.
    """
    if not votes:
        return Consensus(None, 0.0, 0, 0, Status.UNREVIEWED)
    if len(votes) == 1:
        return Consensus(votes[0].taxon or BLANK, 1.0, 1, 1, Status.SINGLE)
    lineages = [_lineage(vote.taxon, taxonomy) for vote in votes]
    backers = Counter(name for lineage in lineages for name in lineage)
    best, score = None, 0.0
    for name in sorted(backers, key=lambda name: (_depth(name, taxonomy), name)):
        share = backers[name] / (backers[name] + _against(name, votes, lineages, taxonomy))
        if backers[name] >= BACKERS and share > SHARE:
            best, score = (
                name,
                share,
            )  # the finest such taxon comes last; no two of a rank can both have two thirds
    count = backers[best] if best else 0
    settled = best is not None and (
        best == BLANK or taxonomy.get(best).rank is Rank.SPECIES or _all_named(best, votes)
    )
    return Consensus(best, score, count, len(votes), Status.AGREED if settled else Status.CONTESTED)


def _lineage(taxon: str | None, taxonomy: Taxonomy) -> tuple[str, ...]:
    if taxon is None:
        return (BLANK,)
    return tuple(one.id for one in taxonomy.lineage(taxon)) if taxon in taxonomy else ()


def _depth(name: str, taxonomy: Taxonomy) -> int:
    return int(taxonomy.get(name).rank) if name != BLANK else -1


def _against(
    name: str, votes: Sequence[Vote], lineages: Sequence[tuple[str, ...]], taxonomy: Taxonomy
) -> int:
    above = set(_lineage(name, taxonomy)) if name != BLANK else {BLANK}
    found = 0
    for vote, lineage in zip(votes, lineages, strict=True):
        if name in lineage:
            continue
        beside = not lineage or lineage[-1] not in above
        ruled_out = vote.not_this is not None and name in _lineage(vote.not_this, taxonomy)
        found += beside or ruled_out
    return found


def _all_named(name: str, votes: Sequence[Vote]) -> bool:
    """Whether everybody stopped at this very taxon: then it is as good as it gets."""
    return all(vote.taxon == name for vote in votes)
