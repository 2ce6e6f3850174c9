"""How often the model is right, by chance photos alone."""

import hashlib

import pytest

from core.review.audit import Share, audit
from core.review.queue import is_audit
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.store import Judged
from core.taxonomy import BLANK, Rank

TREE = load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")
HASHES = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(2000)]
CHANCE = [sha256 for sha256 in HASHES if is_audit(sha256)]
CHOSEN = [sha256 for sha256 in HASHES if not is_audit(sha256)]


def test_only_photos_chosen_by_chance_count() -> None:
    right = [Judged(sha256, "panthera-leo", "panthera-leo", "panthera-leo") for sha256 in CHANCE[:6]]
    wrong = [Judged(sha256, "panthera-leo", "puma-concolor", None) for sha256 in CHANCE[6:8]]
    noise = [Judged(sha256, "panthera-leo", "aquila-chrysaetos", None) for sha256 in CHOSEN]
    found = audit([*right, *wrong, *noise], TREE)
    assert found.photos == 8
    assert found.ranks[Rank.SPECIES] == Share(6, 8)
    assert found.ranks[Rank.FAMILY] == Share(8, 8), "a puma is a cat, too"


def test_labels_count_at_the_ranks_that_they_have() -> None:
    found = audit([Judged(CHANCE[0], "felidae", "panthera-leo", None)], TREE)
    assert found.ranks[Rank.FAMILY] == Share(1, 1)
    assert found.ranks[Rank.GENUS] == Share(0, 0)
    assert found.ranks[Rank.GENUS].interval == (0.0, 1.0)


def test_empty_photos_are_counted_apart_and_an_animal_called_empty_is_wrong() -> None:
    found = audit(
        [
            Judged(CHANCE[0], None, "panthera-leo", BLANK),
            Judged(CHANCE[1], None, "panthera-leo", "panthera-leo"),
            Judged(CHANCE[2], "panthera-leo", "panthera-leo", BLANK),
        ],
        TREE,
    )
    assert found.empties == Share(1, 2)
    assert found.ranks[Rank.SPECIES] == Share(0, 1)


def test_the_interval_is_wilsons() -> None:
    low, high = Share(9, 10).interval
    assert (low, high) == (pytest.approx(0.596, abs=0.001), pytest.approx(0.982, abs=0.001))


def test_one_in_ten_is_chosen() -> None:
    assert 0.08 < len(CHANCE) / len(HASHES) < 0.12
