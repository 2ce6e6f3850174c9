"""A candidate against the model that it came from."""

from types import SimpleNamespace

import numpy as np

from core.evaluation.candidate import judge_candidate
from core.evaluation.gate_rules import read_rules
from core.training.results import Comparison
from tests.unit.evaluation.worlds import CLASSES, TREE

N = len(CLASSES)
OLD = SimpleNamespace(bundle=SimpleNamespace(classes=CLASSES, taxonomy=TREE))


def sure(truth: np.ndarray, size: int) -> np.ndarray:
    rows = np.full((len(truth), size), 0.05 / (size - 1))
    rows[np.arange(len(truth)), truth] = 0.95
    return rows


def candidate(labels, before, after, own, learnt=4, right=(1, 4)):
    comparison = Comparison(tuple(labels), tuple(map(str, range(len(labels)))), np.array(own), before, after)
    figures = [SimpleNamespace(corrected_right=count / learnt) for count in right]
    return SimpleNamespace(
        comparison=comparison, alpha=0.5, learnt=learnt, before=figures[0], after=figures[1]
    )


def test_it_is_judged_on_what_was_remembered_and_held_out() -> None:
    truth = np.arange(N)
    wrong = truth.copy()
    wrong[1:4] = 4
    found = judge_candidate(
        candidate([CLASSES[t] for t in truth], sure(wrong, N), sure(truth, N), [n % 3 == 0 for n in range(N)]),
        OLD, OLD, [], read_rules(),
    )  # fmt: skip
    assert found.passes
    assert found.judged_on == {
        "held out": sum(n % 3 == 0 for n in range(N)),
        "memory": sum(n % 3 != 0 for n in range(N)),
    }
    assert {one.label for one in found.classes if one.new > one.old} == {CLASSES[n] for n in (1, 2, 3)}
    assert (found.learnt, found.right_before, found.right_after) == (4, 1, 4)


def test_new_species_are_counted_apart() -> None:
    small = SimpleNamespace(
        bundle=SimpleNamespace(
            classes=tuple(c for c in CLASSES if c != "s0-0"),
            taxonomy=TREE.subtree({leaf.id for leaf in TREE.leaves} - {"s0-0"}),
        )
    )
    place = CLASSES.index("s0-0")
    truth = np.array([place, place, place, *range(2, 8)])
    guess = truth.copy()
    guess[0] = 5
    before = sure(np.arange(len(truth)) % (N - 1), N - 1)
    found = judge_candidate(
        candidate([CLASSES[t] for t in truth], before, sure(guess, N), [True] * len(truth)),
        small,
        OLD,
        [],
        read_rules(),
    )
    assert [(one.label, one.photos, one.right) for one in found.new_species] == [("s0-0", 3, 2)]
    assert "s0-0" not in {one.label for one in found.classes}


def test_only_new_species_is_nothing_to_compare_on() -> None:
    old = SimpleNamespace(
        bundle=SimpleNamespace(classes=("s1-0", "s1-1"), taxonomy=TREE.subtree({"s1-0", "s1-1"}))
    )
    truth = np.array([CLASSES.index("s0-0")])
    found = judge_candidate(
        candidate(["s0-0"], np.array([[0.5, 0.5]]), sure(truth, N), [True]), old, OLD, [], read_rules()
    )
    assert not found.passes
    assert found.classes == ()


def test_forgetting_is_objected_to() -> None:
    truth = np.tile(np.arange(N), 4)
    worse = truth.copy()
    worse[:12] = (worse[:12] + 1) % N
    found = judge_candidate(
        candidate([CLASSES[t] for t in truth], sure(truth, N), sure(worse, N), [False] * len(truth)),
        OLD, OLD, [], read_rules(),
    )  # fmt: skip
    assert not found.passes
    assert any("macro-F1 falls" in text for text in found.objections)
    assert found.n == len(truth)
