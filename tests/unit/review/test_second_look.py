"""Labelled photos that deserve a second look."""

import pytest

from core.review.second_look import contradicted
from core.store import Lane, Opinion
from core.taxonomy import BLANK
from tests.review_house import LEOPARD, LION, TREE, WOLF

CASES = [
    (LION, LION, False), (LION, "panthera", False), ("panthera", LION, False), (LION, LEOPARD, True),
    ("canidae", LION, True), (None, BLANK, False), (None, LION, True), (LION, BLANK, True), (LION, None, False),
    ("unicorn", LION, False),
]  # fmt: skip


@pytest.mark.parametrize(("label", "displayed", "differs"), CASES)
def test_only_what_cannot_both_be_true_is_a_contradiction(
    label: str | None, displayed: str | None, differs: bool
) -> None:
    assert bool(contradicted([Opinion("a" * 64, label, 1, displayed, 0.95)], TREE)) is differs


def test_the_surest_comes_first_and_doubts_do_not_come_at_all() -> None:
    found = contradicted(
        [
            Opinion(mark * 64, WOLF, 1, LION, sure)
            for mark, sure in zip("abc", (0.91, 0.5, 0.99), strict=True)
        ],
        TREE,
    )
    assert [(place.sha256[0], place.lane) for place in found] == [
        ("c", Lane.CONTRADICTED),
        ("a", Lane.CONTRADICTED),
    ]
