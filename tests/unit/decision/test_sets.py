"""Sets that hold the truth as often as promised."""

import numpy as np
import pytest

from core.decision import common_ancestor, fit_sets, prediction_sets
from core.errors import CalibrationError
from core.taxonomy import BLANK
from tests.unit.decision.forest import random_rows, random_tree, with_blank


def photos(seed: int, n: int, classes: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, n, classes, 1.0)
    return rows, np.array([rng.choice(classes, p=row) for row in rows])


def score(row: np.ndarray, y: int, penalty: float, free: int) -> float:
    """The definition, class by class."""
    ahead = [c for c in range(len(row)) if row[c] > row[y] or (row[c] == row[y] and c < y)]
    return sum(row[c] for c in ahead) + penalty * max(0, len(ahead) + 1 - free)


@pytest.mark.parametrize(("penalty", "free"), [(0.0, 0), (0.05, 2), (0.5, 0)])
def test_against_the_definition(penalty: float, free: int) -> None:
    rows, targets = photos(0, 220)
    rows[5, :4] = rows[5, :4].mean()  # ties go to the first
    rule = fit_sets(rows[:120], targets[:120], error=0.1, penalty=penalty, free=free)
    scores = sorted(score(r, y, penalty, free) for r, y in zip(rows[:120], targets[:120], strict=True))
    assert rule.threshold == pytest.approx(scores[108])  # ceil(121 * 0.9) = 109th
    for row, members in zip(rows[120:], prediction_sets(rows[120:], rule), strict=True):
        expected = {y for y in range(12) if score(row, y, penalty, free) <= rule.threshold + 1e-12}
        assert set(np.flatnonzero(members)) == expected | {int(row.argmax())}


@pytest.mark.parametrize(("penalty", "free"), [(0.0, 0), (0.1, 3)])
def test_sets_hold_the_truth_as_often_as_promised(penalty: float, free: int) -> None:
    rows, targets = photos(1, 4000)
    bold = rows**3 / (rows**3).sum(axis=1, keepdims=True)  # even if the model is too sure of itself
    rng = np.random.default_rng(0)
    held = []
    for _ in range(40):
        order = rng.permutation(4000)
        rule = fit_sets(bold[order[:400]], targets[order[:400]], error=0.1, penalty=penalty, free=free)
        test = order[400:]
        held.append(prediction_sets(bold[test], rule)[np.arange(len(test)), targets[test]].mean())
    assert 0.895 < np.mean(held) < 0.95


def test_a_penalty_shortens_the_longest_sets() -> None:
    rows, targets = photos(2, 2000, 40)
    plain = prediction_sets(rows, fit_sets(rows, targets, error=0.1)).sum(axis=1)
    short = prediction_sets(rows, fit_sets(rows, targets, error=0.1, penalty=0.05, free=5)).sum(axis=1)
    assert short.max() < plain.max()
    assert short.min() >= 1


def test_too_few_photos_promise_nothing() -> None:
    rows, targets = photos(3, 19)
    assert fit_sets(rows, targets, error=0.05).n == 19
    with pytest.raises(CalibrationError, match=r"n = 18; it takes at least 19"):
        fit_sets(rows[:18], targets[:18], error=0.05)
    with pytest.raises(ValueError, match="error"):
        fit_sets(rows, targets, error=0)
    with pytest.raises(ValueError, match="negative"):
        fit_sets(rows, targets, error=0.1, penalty=-1)


@pytest.mark.parametrize("seed", range(25))
def test_the_lowest_common_ancestor_spans_the_set(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tree = random_tree(rng, int(rng.integers(1, 20)))
    classes = with_blank(tree)
    members = rng.random((30, len(classes))) < rng.uniform(0, 0.4, (30, 1))
    for row, found in zip(members, common_ancestor(members, tree, classes), strict=True):
        inside = [name for name, member in zip(classes, row, strict=True) if member]
        if not inside or BLANK in inside:
            assert found == -1
            continue
        lineages = [[taxon.id for taxon in tree.lineage(name)] for name in inside]
        shared = [taxon for taxon in lineages[0] if all(taxon in other for other in lineages)]
        assert tree.order[found].id == shared[-1]
