"""The seven ranks of the ladder."""

import pytest

from core.taxonomy import Rank


def test_a_finer_rank_is_larger() -> None:
    assert sorted(Rank) == list(Rank)
    assert Rank.SPECIES > Rank.GENUS > Rank.FAMILY > Rank.ORDER > Rank.CLASS > Rank.PHYLUM > Rank.KINGDOM


@pytest.mark.parametrize("rank", list(Rank))
def test_a_rank_is_read_from_its_label_in_any_letter_case(rank: Rank) -> None:
    assert Rank.parse(rank.label) is Rank.parse(f" {rank.label.title()} ") is rank


@pytest.mark.parametrize("text", ["tribe", "", "speci es", "6"])
def test_an_unknown_rank_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a rank; use one of kingdom.*species"):
        Rank.parse(text)
