"""When enough people have looked."""

import pytest

from core.review.consensus import Vote
from core.review.retirement import POLICIES, is_retired

CASES = [
    ("solo", "", False), ("solo", "a", True), ("solo", "-", True),
    ("two", "a", False), ("two", "ab", False), ("two", "aa", True), ("two", "aba", True), ("two", "abcd", True),
    ("two", "--", True), ("two", "-a", False),
    ("serengeti", "----", False), ("serengeti", "-----", True), ("serengeti", "a-----", False),
    ("serengeti", "a" * 9, False), ("serengeti", "a" * 10, True), ("serengeti", "ab" * 9, False),
    ("serengeti", "abc" * 8, False), ("serengeti", "abc" * 8 + "d", True),
    ("wisconsin", "---", True), ("wisconsin", "aaaaa", True), ("wisconsin", "aabbccdd-", False),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "said", "over"), CASES)
def test_presets(policy: str, said: str, over: bool) -> None:
    votes = [Vote(str(n), None if taxon == "-" else taxon) for n, taxon in enumerate(said)]
    assert is_retired(votes, POLICIES[policy]) is over


def test_a_rare_species_gets_one_more_look_where_several_look_at_all() -> None:
    votes = [Vote("ada", "a"), Vote("bo", "a")]
    assert not is_retired(votes, POLICIES["two"], rare=True)
    assert is_retired([*votes, Vote("eve", "a")], POLICIES["two"], rare=True)
    assert is_retired(votes[:1], POLICIES["solo"], rare=True)
