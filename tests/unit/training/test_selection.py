"""Which labels teach."""

from dataclasses import replace

import pytest

from core.store.datasets import LabelFacts
from core.training.selection import IN_WORDS, Exclusion, Policy, select_rows, summarise

LION = LabelFacts("a" * 64, "e", "panthera-leo", votes=1, voters=1)


def select(label, taxonomy, *, split="train", there=True, policy=Policy()):  # noqa: B008
    (row,) = select_rows(
        [label], {label.sha256: split}, taxonomy, is_there=lambda sha256: there, policy=policy
    )
    return row


@pytest.mark.parametrize(("change", "reason"), [
    ({"votes": 1, "voters": 2}, Exclusion.CONTESTED),
    ({"votes": 2, "voters": 3}, Exclusion.CONTESTED),
    ({"votes": 3, "voters": 4}, None),
    ({"votes": 2, "voters": 2}, None),
    ({"certainty": "guess"}, Exclusion.UNSURE),
    ({"certainty": "probable"}, None),
    ({"bulk": True}, Exclusion.BULK),
    ({"person": True}, Exclusion.PERSON),
    ({"several": True}, Exclusion.SEVERAL),
    ({"taxon": "draco-magnus"}, Exclusion.UNKNOWN_TAXON),
    ({"taxon": None}, None),
    ({"taxon": "felidae"}, None),
])  # fmt: skip
def test_what_is_left_out_and_why(taxonomy, change, reason) -> None:
    assert select(replace(LION, **change), taxonomy).left_out == reason


def test_photos_that_are_gone_or_in_quarantine_are_left_out(taxonomy) -> None:
    assert select(LION, taxonomy, there=False).left_out is Exclusion.PHOTO_GONE
    assert select(LION, taxonomy, split="none").left_out is Exclusion.QUARANTINED
    (row,) = select_rows([LION], {}, taxonomy, is_there=lambda sha256: True)
    assert row.left_out is Exclusion.QUARANTINED  # a photo without a split is used for nothing


def test_many_at_once_teach_only_when_asked_to(taxonomy) -> None:
    assert select(replace(LION, bulk=True), taxonomy, policy=Policy(bulk=True)).left_out is None


def test_doubtful_labels_weigh_less(taxonomy) -> None:
    weights = [
        select(replace(LION, **change), taxonomy).weight
        for change in ({"votes": 2, "voters": 2}, {}, {"certainty": "probable"})
    ]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] == 1.0
    assert len(set(weights)) == 3


def test_the_summary_counts(taxonomy) -> None:
    labels = [replace(LION, sha256=mark * 64) for mark in "abcde"]
    labels[3] = replace(labels[3], person=True)
    splits = dict(
        zip((label.sha256 for label in labels), ("train", "val", "test", "train", "train"), strict=True)
    )
    found = summarise(select_rows(labels, splits, taxonomy, is_there=lambda sha256: True))
    assert (found.train, found.held_out, found.taxa) == (2, 2, 1)
    assert found.left_out == {Exclusion.PERSON: 1}
    assert set(IN_WORDS) == set(Exclusion)
