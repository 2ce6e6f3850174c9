"""When enough people have looked at a photo."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.review.consensus import Vote

MORE_IF_RARE = 1  # rare species are wrongly named, and overlooked, more often (Swanson et al., 2016)


@dataclass(frozen=True, slots=True)
class Policy:
    """How many looks a photo gets.

    Attributes:
        blank: Looks in a row, from the first, that all saw no animal.
        matching: Looks that named the same.
        most: Looks after which it ends in any case.
        title: In the words of the screen.
    """

    blank: int
    matching: int
    most: int
    title: str


POLICIES = {
    "solo": Policy(1, 1, 1, "One person decides"),
    "two": Policy(2, 2, 4, "Two must agree, four looks at most"),
    # Swanson et al., 2015; Snapshot Wisconsin as its rules engine has it.
    "serengeti": Policy(5, 10, 25, "As Snapshot Serengeti: 5 empty, 10 alike, 25 at most"),
    "wisconsin": Policy(3, 5, 11, "As Snapshot Wisconsin: 3 empty, 5 alike, 11 at most"),
}
DEFAULT_POLICY = "solo"


def is_retired(votes: Sequence[Vote], policy: Policy, *, rare: bool = False) -> bool:
    """Whether a photo needs no further look.

    Args:
        votes: One a person, in the order in which they came.
        rare: A rare or threatened species is named by the model or by anybody; one more look is asked for then.
    """
    if not votes:
        return False
    more = MORE_IF_RARE if rare and policy.matching > 1 else 0
    if len(votes) >= policy.most + more:
        return True
    if len(votes) >= policy.blank and all(vote.taxon is None for vote in votes[: policy.blank]):
        return len(votes) == policy.blank or all(vote.taxon is None for vote in votes)
    named = Counter(vote.taxon for vote in votes if vote.taxon is not None)
    return bool(named) and max(named.values()) >= policy.matching + more
