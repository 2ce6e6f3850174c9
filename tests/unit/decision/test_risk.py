"""Targets that keep wrong answers to what a user accepts."""

import numpy as np
import pytest

from core.decision import (
    Answer,
    Calibration,
    Distribution,
    Guarantee,
    Outcome,
    breaking_points,
    decide,
    guarantee,
    guarantees,
    least_target,
    target_for,
)
from core.errors import CalibrationError
from core.taxonomy import BLANK, FLAGS, HUMAN, OTHER, Taxonomy
from tests.unit.decision.forest import is_within, random_rows, random_tree


def classes_of(tree: Taxonomy) -> list[str]:
    return [*FLAGS, *(leaf.id for leaf in reversed(tree.leaves))]


def photos(seed: int, n: int = 25) -> tuple[Taxonomy, list[str], np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    tree = random_tree(rng, int(rng.integers(2, 15)))
    classes = classes_of(tree)
    rows = random_rows(rng, n, len(classes), 1.5)
    labels = [classes[rng.choice(len(classes), p=row)] for row in rows]
    taxa = [taxon.id for taxon in tree.order]
    return tree, classes, rows, [label if i % 4 else str(rng.choice(taxa)) for i, label in enumerate(labels)]


def is_wrong(answer: Answer, label: str, tree: Taxonomy) -> bool:
    if answer.outcome is Outcome.UNSURE:
        return False
    if answer.taxon is None:
        return answer.outcome.value != label
    return label in FLAGS or not is_within(tree, tree.index(label), tree.index(answer.taxon.id))


@pytest.mark.parametrize("seed", range(25))
def test_an_answer_is_wrong_up_to_its_breaking_point_and_never_above(seed: int) -> None:
    tree, classes, rows, labels = photos(seed)
    points = breaking_points(rows, labels, tree, classes)
    for row, label, point in zip(rows, labels, points, strict=True):
        found = Distribution(tree, classes, row)
        targets = np.unique([*np.linspace(0.02, 1, 25), *found.nodes[found.nodes > 0], *found.flags.values()])
        for target in targets[targets <= 1]:
            answer = decide(found, target=float(target))
            assert is_wrong(answer, label, tree) == (target <= point), (answer, label)


def test_the_least_target_by_hand() -> None:
    points = np.array([0.9, 0.8, 0.0, 0.7, 0.0, 0.0, 0.0, 0.0, 0.0])  # n = 9: errors of 0.1, 0.2, ...
    assert least_target(points, 0.1) == np.nextafter(0.9, 1)
    assert least_target(points, 0.2) == np.nextafter(0.8, 1)
    assert least_target(points, 0.29) == np.nextafter(0.8, 1)
    assert least_target(points, 0.3) == np.nextafter(0.7, 1)
    assert least_target(points, 0.4) == 0.5
    assert least_target(points, 0.4, floor=0.6) == 0.6
    with pytest.raises(CalibrationError, match=r"0\.05 cannot be promised with n = 9 .* at least 19"):
        least_target(points, 0.05)
    with pytest.raises(CalibrationError, match="n = 0"):
        least_target(np.array([]), 0.05)


@pytest.mark.parametrize("error", [0.05, 0.11, 0.25, 0.5])
def test_the_target_is_the_infimum_of_the_paper(error: float) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(20, 60))
        points = np.where(rng.random(n) < 0.3, rng.uniform(0, 0.9, n).round(1), 0.0)
        target = least_target(points, error, floor=1e-9)
        holds = lambda t, p=points, n=n: ((p >= t).sum() + 1) / (n + 1) <= error + 1e-12  # noqa: E731
        assert holds(target)
        below = [t for t in np.unique(points[points > 0]) if t < target]
        assert not any(holds(t) for t in below)


def test_an_error_must_be_a_share() -> None:
    for error in (0, 1, -0.1, 2):
        with pytest.raises(ValueError, match="between 0 and 1"):
            least_target(np.zeros(100), error)


def test_certain_and_wrong_cannot_be_mended() -> None:
    with pytest.raises(CalibrationError, match="certain"):
        least_target(np.ones(100), 0.1)


def test_weights_of_one_change_nothing_and_others_shift_the_mix() -> None:
    rng = np.random.default_rng(2)
    hard = rng.random(4000) < 0.2
    points = np.where(rng.random(4000) < np.where(hard, 0.5, 0.02), rng.uniform(0.5, 1, 4000), 0)
    assert least_target(points, 0.05, weights=np.full(4000, 3.0)) == least_target(points, 0.05)
    weights = np.where(hard, 2.5, 0.625)  # where the promise shall hold, half of the photos are hard
    target = least_target(points, 0.05, weights=weights)
    there = np.concatenate([points[hard], rng.permutation(points[~hard])[: hard.sum()]])
    assert (there >= target).mean() == pytest.approx(0.05, abs=0.012)
    assert (there >= least_target(points, 0.05)).mean() > 0.07


@pytest.fixture(scope="module")
def pool() -> tuple[Taxonomy, list[str], np.ndarray, list[str]]:
    """6,000 photos of a model that is far too sure of itself."""
    rng = np.random.default_rng(7)
    tree = random_tree(rng, 40)
    classes = [BLANK, *(leaf.id for leaf in tree.leaves)]
    rows = random_rows(rng, 6000, len(classes), 1.2)
    labels = [classes[rng.choice(len(classes), p=row)] for row in rows]
    bold = rows**2.5
    return tree, classes, bold / bold.sum(axis=1, keepdims=True), labels


@pytest.mark.parametrize("error", [0.05, 0.1, 0.2])
def test_the_promise_is_kept_over_200_splits(pool, error: float) -> None:
    tree, classes, rows, labels = pool
    points = breaking_points(rows, labels, tree, classes)
    rng = np.random.default_rng(0)
    risks = []
    for _ in range(200):
        order = rng.permutation(len(points))
        target = least_target(points[order[:300]], error, floor=1e-9)
        risks.append((points[order[300:]] >= target).mean())
    assert error - 0.02 < np.mean(risks) <= error + 0.01, "kept, and not by saying nothing"
    assert (points >= 0.65).mean() > 0.2, "a fixed target would not have kept it"


def test_guarantees_go_with_the_answers_that_people_get(pool) -> None:
    tree, classes, rows, labels = pool
    found = guarantees(rows, labels, tree, classes)
    assert [one.error for one in found] == [0.01, 0.02, 0.05, 0.1, 0.2]
    assert [one.target for one in found] == sorted((one.target for one in found), reverse=True)
    assert found[2] == guarantee(rows, labels, tree, classes, 0.05)
    wrong = 0
    for row, label in zip(rows[:1500], labels[:1500], strict=True):
        wrong += is_wrong(decide(Distribution(tree, classes, row), target=found[3].target), label, tree)
    assert wrong / 1500 == pytest.approx(0.1, abs=0.02)


def test_guarantees_that_the_photos_cannot_carry_are_left_out(pool) -> None:
    tree, classes, rows, labels = pool
    assert [one.error for one in guarantees(rows[:30], labels[:30], tree, classes)] == [0.05, 0.1, 0.2]
    assert guarantees(rows[:0], [], tree, classes) == ()


PROMISED = Calibration(1.0, 0.65, 400, 0.03, guarantees=(Guarantee(0.02, 0.9), Guarantee(0.1, 0.6)))


@pytest.mark.parametrize(
    ("error", "target"), [(0.02, 0.9), (0.05, 0.9), (0.0999, 0.9), (0.1, 0.6), (0.9, 0.6)]
)
def test_the_target_of_the_next_smaller_promise_is_taken(error: float, target: float) -> None:
    assert target_for(PROMISED, error) == target


def test_what_was_never_promised_is_refused() -> None:
    with pytest.raises(CalibrationError, match=r"error of 0\.01 .*n = 400.* promises 0\.02, 0\.1"):
        target_for(PROMISED, 0.01)
    with pytest.raises(CalibrationError, match="never calibrated"):
        target_for(Calibration(1.0, 0.65, 400, 0.03), 0.05)


def test_a_person_on_the_photo_is_an_answer_like_any_other() -> None:
    tree = random_tree(np.random.default_rng(0), 2)
    classes = [HUMAN, OTHER, "s0", "s1"]
    row = np.array([[0.8, 0.0, 0.2, 0.0]])
    assert breaking_points(row, [HUMAN], tree, classes).tolist() == [0.0]
    assert breaking_points(row, ["s0"], tree, classes).tolist() == [0.8]
