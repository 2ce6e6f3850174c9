"""Words of an address."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FormatError
from core.review.filters import NAMES, FilterWords, read_words, resolve
from core.store import EVERYTHING, QueueFilter
from tests.review_house import LION, TREE, WOLF

HERE = frozenset({"a" * 64})


def wanted(**words: str) -> QueueFilter:
    return resolve(FilterWords(**words), TREE, lambda country: HERE if country == "KEN" else frozenset())


def test_no_words_ask_for_everything() -> None:
    assert wanted() == EVERYTHING


def test_a_taxon_means_what_lies_below_it_too() -> None:
    cats = wanted(taxon="felidae").displayed
    assert cats is not None
    assert {LION, "panthera", "felidae"} <= cats
    assert WOLF not in cats
    assert wanted(taxon="felidae", rank="genus").displayed == {
        name for name in cats if TREE.get(name).rank.label == "genus"
    }
    assert wanted(taxon="blank").displayed == {"blank"}


def test_the_rest_is_taken_over() -> None:
    found = wanted(
        country="KEN", first="2026-05-01", last="2026-05-31", least="50", most="90", status="all", lane="rare"
    )
    assert (found.hashes, found.taken_from, found.taken_to) == (HERE, "2026-05-01", "2026-05-31")
    assert (found.least, found.most, found.status, found.lane) == (0.5, 0.9, "all", "rare")


@pytest.mark.parametrize(
    "words",
    [
        {"taxon": "unicorn"},
        {"rank": "tribe"},
        {"status": "gone"},
        {"first": "May"},
        {"least": "a"},
        {"most": "101"},
    ],
)
def test_words_that_mean_nothing_are_named(words: dict[str, str]) -> None:
    with pytest.raises(FormatError, match=next(iter(words.values()))):
        wanted(**words)


@given(st.fixed_dictionaries({}, optional={name: st.text(min_size=1) for name in NAMES}))
def test_an_address_says_the_same_when_it_is_read_again(words: dict[str, str]) -> None:
    found = read_words(words)
    assert read_words(dict(parse_qsl(found.query()))) == found
