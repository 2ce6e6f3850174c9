"""What people say together."""

from hypothesis import given
from hypothesis import strategies as st

from core.review.consensus import Status, Vote, consensus
from core.taxonomy import BLANK
from tests.review_house import LEOPARD, LION, TIGER, TREE, WOLF


def said(*taxa: str | None) -> list[Vote]:
    return [Vote(f"person {number}", taxon) for number, taxon in enumerate(taxa)]


def answer(*taxa: str | None) -> tuple[str | None, Status]:
    found = consensus(said(*taxa), TREE)
    return found.taxon, found.status


def test_nobody_and_one() -> None:
    assert answer() == (None, Status.UNREVIEWED)
    assert answer(LION) == (LION, Status.SINGLE)
    assert answer(None) == (BLANK, Status.SINGLE)


def test_two_who_say_the_same() -> None:
    assert answer(LION, LION) == (LION, Status.AGREED)
    assert answer(None, None) == (BLANK, Status.AGREED)


def test_two_who_differ_meet_at_what_they_share() -> None:
    assert answer(LION, LEOPARD) == ("panthera", Status.CONTESTED)
    assert answer(LION, WOLF) == ("carnivora", Status.CONTESTED)
    assert answer(LION, None) == (None, Status.CONTESTED)


def test_more_than_two_thirds_decide() -> None:
    assert answer(LION, LION, LEOPARD)[0] == "panthera"  # exactly two thirds are not more
    assert answer(LION, LION, LION, LEOPARD) == (LION, Status.AGREED)
    assert answer(None, None, None, LION) == (BLANK, Status.AGREED)


def test_a_genus_backs_the_genus_and_does_not_oppose_the_species() -> None:
    assert answer(LION, LION, "panthera") == (LION, Status.AGREED)
    assert answer("panthera", "panthera") == ("panthera", Status.AGREED)


def test_a_genus_that_rules_the_species_out_opposes_it() -> None:
    votes = [*said(LION, LION), Vote("eve", "panthera", not_this=LION)]
    assert consensus(votes, TREE).taxon == "panthera"


def test_an_unknown_taxon_backs_nothing() -> None:
    assert answer(LION, "unicorn") == (None, Status.CONTESTED)


TAXA = st.sampled_from(
    [None, LION, LEOPARD, TIGER, WOLF, "panthera", "felidae", "carnivora", "mammalia", "unicorn"]
)


@given(st.lists(st.tuples(TAXA, st.sampled_from([None, LION, WOLF])), max_size=9), st.randoms())
def test_the_order_does_not_matter_and_the_answer_is_backed(votes: list, random: object) -> None:
    given_votes = [Vote(f"person {n}", taxon, not_this) for n, (taxon, not_this) in enumerate(votes)]
    found = consensus(given_votes, TREE)
    shuffled = given_votes.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert consensus(shuffled, TREE) == found
    if len(votes) > 1 and found.taxon is not None:
        assert found.score > 2 / 3
        assert found.backers >= 2


@given(st.lists(TAXA, min_size=2, max_size=9))
def test_one_more_who_agrees_never_takes_the_answer_away(taxa: list[str | None]) -> None:
    found = consensus(said(*taxa), TREE)
    if found.taxon is not None:
        more = consensus(said(*taxa, None if found.taxon == BLANK else found.taxon), TREE)
        assert more.taxon is not None
        assert more.taxon == found.taxon or found.taxon in {one.id for one in TREE.lineage(more.taxon)}
