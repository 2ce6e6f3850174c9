"""Whether a new model may take the place of an old one."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.gate import compare_models
from core.evaluation.gate_rules import read_rules
from core.evaluation.outcomes import Outcomes, compare
from tests.unit.evaluation.worlds import CLASSES, TREE

N = 20 * len(CLASSES)
TRUTH = np.random.default_rng(5).permutation(np.repeat(np.arange(len(CLASSES)), 20))
BURSTS = [f"b{row // 2}" for row in range(N)]


def judged(wrong: np.ndarray, sure: float = 0.9) -> Outcomes:
    """Answers of equal confidence that are wrong in some rows."""
    k = len(CLASSES)
    guess = np.where(wrong, (TRUTH + 1) % k, TRUTH)
    rows = np.full((N, k), (1 - sure) / (k - 1))
    rows[np.arange(N), guess] = sure
    return compare(y_true=[CLASSES[t] for t in TRUTH], y_prob=rows, classes=CLASSES, taxonomy=TREE)


def some(share: float, seed: int = 0) -> np.ndarray:
    """Make the same share of every class wrong."""
    rng = np.random.default_rng(seed)
    wrong = np.zeros(N, bool)
    for c in range(len(CLASSES)):
        wrong[rng.choice(np.flatnonzero(c == TRUTH), round(20 * share), replace=False)] = True
    return wrong


def test_an_equal_or_better_model_passes() -> None:
    old = judged(some(0.1))
    assert compare_models(old, old, BURSTS).passes
    found = compare_models(old, judged(some(0.05), sure=0.95), BURSTS)
    assert found.passes
    assert found.n == N
    change = found.changes[0]
    assert change.name == "macro-F1"
    assert change.low <= change.new - change.old <= change.high
    assert change.low > 0


def test_a_worse_model_is_refused_with_the_reason() -> None:
    found = compare_models(judged(some(0.1)), judged(some(0.2)), BURSTS)
    assert not found.passes
    assert "macro-F1 falls by" in found.objections[0]


def test_one_class_must_not_pay_for_the_others() -> None:
    assert read_rules().recall_photos == 20
    wrong = some(0.1)
    new = np.zeros(N, bool)
    new[np.flatnonzero(TRUTH == 3)[:8]] = True  # all others get better
    found = compare_models(judged(wrong), judged(new, sure=0.976), BURSTS)
    assert found.objections == (f"{CLASSES[3]} is recognised 30 points less often (20 photos)",)


def test_one_photo_of_twenty_is_five_points_and_no_more() -> None:
    new = np.zeros(N, bool)
    new[np.flatnonzero(TRUTH == 3)[:1]] = True
    assert compare_models(judged(np.zeros(N, bool), sure=0.99), judged(new, sure=0.99), BURSTS).passes
    new[np.flatnonzero(TRUTH == 3)[:2]] = True
    assert not compare_models(judged(np.zeros(N, bool), sure=0.99), judged(new, sure=0.99), BURSTS).passes


def test_it_must_not_be_surer_than_it_may() -> None:
    found = compare_models(judged(some(0.1), sure=0.9), judged(some(0.1), sure=0.99), BURSTS)
    objection = found.objections[0]
    assert objection.startswith("the calibration error rises from 0.0")


def test_other_photos_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="same photos"):
        compare_models(judged(some(0.1)), judged(some(0.1)).take(np.arange(5)), BURSTS)


def test_every_class_is_counted_with_its_interval() -> None:
    found = compare_models(judged(some(0.1)), judged(some(0.05), sure=0.95), BURSTS)
    assert [one.label for one in found.classes] == sorted(CLASSES)
    assert {(one.photos, one.old, one.new) for one in found.classes} == {(20, 18, 19)}
    assert not any(one.objection for one in found.classes)


def lions(lost: int) -> np.ndarray:
    wrong = np.zeros(N, bool)
    wrong[np.flatnonzero(CLASSES[3] == np.array(CLASSES)[TRUTH])[:lost]] = True
    return wrong


def test_a_threatened_species_may_not_fall_at_all_beyond_chance() -> None:
    rules = replace(read_rules(), recall_photos=1000, macro_f1_lost=1, rank_accuracy_lost=1, coverage_lost=1,
                    distance_gained=9, calibration_error_gained=1)  # fmt: skip
    old, new = judged(np.zeros(N, bool)), judged(lions(6))
    assert compare_models(old, new, BURSTS, rules=rules).passes
    guarded = compare_models(old, new, BURSTS, rules=rules, threatened=frozenset({CLASSES[3]}))
    assert guarded.objections == (
        f"{CLASSES[3]} is recognised 30 points less often (20 photos); it is threatened",
    )
    within = compare_models(old, judged(lions(1)), BURSTS, rules=rules, threatened=frozenset({CLASSES[3]}))
    assert within.passes  # one photo may be chance
    eased = replace(rules, threatened_may_fall=True)
    assert compare_models(old, new, BURSTS, rules=eased, threatened=frozenset({CLASSES[3]})).passes


def test_empty_frames_have_a_rule_of_their_own() -> None:
    blanks = np.zeros(N, bool)
    blanks[np.flatnonzero(CLASSES.index("blank") == TRUTH)[:1]] = True
    found = compare_models(judged(np.zeros(N, bool), sure=0.99), judged(blanks, sure=0.99), BURSTS)
    assert "blank is recognised 5 points less often (20 photos)" in found.objections


@pytest.mark.parametrize(("rule", "text"), [
    ("rank_accuracy_lost", "the species is right"), ("distance_gained", "ranks further away"),
    ("coverage_lost", "with one mistake in ten"),
])  # fmt: skip
def test_each_rule_alone_can_refuse(rule: str, text: str) -> None:
    loose = replace(read_rules(), macro_f1_lost=1, rank_accuracy_lost=1, distance_gained=9, recall_lost=1,
                    calibration_error_gained=1, coverage_lost=1, scene_recall_lost=1)  # fmt: skip
    old, new = judged(some(0.05)), judged(some(0.3))
    assert compare_models(old, new, BURSTS, rules=loose).passes
    found = compare_models(old, new, BURSTS, rules=replace(loose, **{rule: 0.001}))
    assert any(text in objection for objection in found.objections)
