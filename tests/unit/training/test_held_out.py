"""Two heads on the same photos."""

import copy

import numpy as np
import pytest
import torch

from core.decision import Calibration
from core.model.tree_head import HeadSpec, TreeHead
from core.training.held_out import Judged, Shown, agreeing, as_before, hush, macro_f1, share_right
from tests.unit.evaluation.worlds import TREE

CLASSES = tuple(leaf.id for leaf in TREE.leaves)
FIRST, SISTER, FAR = CLASSES[0], CLASSES[1], CLASSES[-1]


def shown(labels: tuple[str, ...], seed: int = 0) -> Shown:
    x = np.random.default_rng(seed).normal(0, 1, (len(labels), 8)).astype(np.float32)
    return Shown(x, labels, tuple(f"g{i}" for i in range(len(labels))))


@pytest.fixture
def judged() -> Judged:
    torch.manual_seed(1)
    head = TreeHead(TREE, CLASSES, 8, HeadSpec(cosine=False))
    prior = tuple(np.linspace(1, 3, len(CLASSES)) / np.linspace(1, 3, len(CLASSES)).sum())
    return Judged(head, Calibration(0.7, 0.8, 100, 0.01, slope=0.9, prior=prior), TREE)


def test_a_guess_under_a_coarse_label_is_right() -> None:
    above = TREE.lineage(FIRST)[-2].id
    assert agreeing([SISTER, FAR, FAR], [above, FIRST, "animalia"], TREE) == [above, FAR, "animalia"]
    assert share_right([SISTER, FAR, FAR], [above, FIRST, "animalia"], TREE) == pytest.approx(2 / 3)
    assert macro_f1([FIRST, SISTER], [FIRST, SISTER], TREE) == 1.0
    assert macro_f1([FIRST, FIRST], [FIRST, SISTER], TREE) == pytest.approx((2 / 3 + 0) / 2)
    assert macro_f1(["blank"], ["blank"], TREE) == 1.0


def test_photos_are_sorted_and_joined() -> None:
    some = shown((FIRST, TREE.lineage(FIRST)[-2].id, SISTER))
    assert some.among(CLASSES).labels == (FIRST, SISTER)
    assert len(some.joined(shown((FAR,)))) == 4
    empty = Shown(np.empty((0, 8), np.float32), (), ())
    assert len(some.joined(empty)) == 3
    assert len(empty.joined(some)) == 3


def test_recalibrating_changes_no_answer(judged: Judged) -> None:
    photos = shown(CLASSES * 4)
    hotter = copy.deepcopy(judged.head)
    with torch.no_grad():
        for bank in (hotter.vectors, hotter.bias):
            bank *= 3.0
    again = as_before(judged, judged.head, photos, np.array(judged.calibration.prior), TREE)
    assert again.guesses(photos) == judged.guesses(photos)
    assert again.calibration.slope * again.calibration.temperature == pytest.approx(0.9 * 0.7)
    assert again.calibration.n == len(photos)
    np.testing.assert_allclose(again.probabilities(photos).sum(axis=1), 1.0)
    assert as_before(judged, hotter, photos, np.array(judged.calibration.prior), TREE).guesses(photos)
    assert judged.guesses(Shown(np.empty((0, 8), np.float32), (), ())) == ()


def test_a_loud_newcomer_is_hushed_and_a_quiet_one_is_left(judged: Judged) -> None:
    labels = tuple(name for name in CLASSES if name not in (FIRST, FAR))
    photos, others = shown(labels * 60), shown(labels * 60, seed=1)
    with torch.no_grad():
        judged.head.bias[:, 0] += 20.0
        judged.head.bias[:, -1] -= 20.0
    quiet = judged.head.bias[:, -1].clone()
    assert judged.guesses(photos).count(FIRST) > 0.9 * len(photos)
    hush(judged, photos, (FIRST, FAR))
    assert judged.guesses(photos).count(FIRST) <= 0.01 * len(photos)
    assert judged.guesses(others).count(FIRST) <= 0.01 * len(others)
    assert torch.equal(judged.head.bias[:, -1], quiet)


def test_newcomers_share_what_they_may_take(judged: Judged) -> None:
    photos = shown(CLASSES[2:] * 60)
    with torch.no_grad():
        judged.head.bias[:, 0] += 20.0
        judged.head.bias[:, 1] -= 20.0  # never the best of the others, so that only the share differs
    alone, together = copy.deepcopy(judged), copy.deepcopy(judged)
    hush(alone, photos, CLASSES[:1])
    hush(together, photos, CLASSES[:2])
    assert (together.head.bias[:, 0] < alone.head.bias[:, 0]).all()


def test_hushing_works_with_hardly_any_photo(judged: Judged) -> None:
    with torch.no_grad():
        judged.head.bias[:, 0] += 20.0
    photo = shown((SISTER,))
    hush(judged, photo, (FIRST,))
    assert torch.isfinite(judged.head.bias).all()
    assert judged.head.bias[0, 0] < 20.0
