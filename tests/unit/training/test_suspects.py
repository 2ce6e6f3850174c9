"""Labels that are probably wrong, found among drawn clusters."""

import numpy as np
import pytest

from core.errors import TrainingError
from core.taxonomy import BLANK, Rank, Taxonomy
from core.training.suspects import LabelledRow, suspects

NAMES = ("panthera-leo", "panthera-pardus", "acinonyx-jubatus", "equus-quagga", BLANK)


def world(each: int = 20, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(5).normal(0, 3, (len(NAMES), 16))
    owner = np.repeat(np.arange(len(NAMES)), each)
    return rng.normal(centres[owner], 1.0).astype(np.float32), [NAMES[index] for index in owner]


def rows(labels: list[str]) -> list[LabelledRow]:
    return [LabelledRow(f"{number:064x}", label) for number, label in enumerate(labels)]


def test_planted_errors_come_first(taxonomy: Taxonomy) -> None:
    x, labels = world()
    planted = {
        0: "panthera-pardus",
        25: "equus-quagga",
        70: "panthera-leo",
        85: "acinonyx-jubatus",
        45: BLANK,
    }
    for row, wrong in planted.items():
        labels[row] = wrong
    found = suspects(rows(labels), x, taxonomy)
    assert {int(one.sha256, 16) for one in found[: len(planted)]} == set(planted)
    assert len(found) <= len(planted) + 2
    first = {int(one.sha256, 16): one for one in found}
    assert first[0].seen == "panthera-leo"
    assert first[0].rank is Rank.SPECIES
    assert first[0].reason.startswith("labelled Leopard; without this photo the model sees Lion at ")
    assert first[85].seen == BLANK
    assert "sees no animal at" in first[85].reason
    assert first[45].reason.startswith("labelled no animal; ")
    assert all(0.5 <= one.doubt <= 1 and 0 <= one.probability <= 1 for one in found)
    assert [one.doubt for one in found] == sorted((one.doubt for one in found), reverse=True)


def test_a_label_above_species_is_doubted_at_its_own_rank(taxonomy: Taxonomy) -> None:
    x, labels = world()
    labels[0], labels[65] = "felidae", "felidae"  # a lion and a zebra
    found = {int(one.sha256, 16): one for one in suspects(rows(labels), x, taxonomy)}
    assert 0 not in found
    assert found[65].rank is not None
    assert found[65].rank <= Rank.FAMILY


def test_photos_of_one_burst_do_not_confirm_each_other(taxonomy: Taxonomy) -> None:
    x, labels = world()
    labels[:6] = ["equus-quagga"] * 6  # a burst of a lion
    x[1:6] = x[0] + 0.01
    burst = [LabelledRow(r.sha256, r.label, "burst" if i < 6 else "") for i, r in enumerate(rows(labels))]
    alone, together = (
        {s.sha256: s.doubt for s in suspects(some, x, taxonomy)} for some in (rows(labels), burst)
    )
    wrong = [f"{number:064x}" for number in range(6)]
    assert set(wrong) <= set(together)
    assert all(together[one] > alone.get(one, 0.0) for one in wrong)


def test_too_little_to_judge_by_is_refused(taxonomy: Taxonomy) -> None:
    x, labels = world(each=1)
    with pytest.raises(TrainingError, match="5 bursts or more and two labels"):
        suspects(rows(labels[:3]), x[:3], taxonomy)
    with pytest.raises(TrainingError, match="two labels"):
        suspects(rows(["panthera-leo"] * 5), x, taxonomy)
