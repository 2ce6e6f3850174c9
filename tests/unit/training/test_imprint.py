"""Species with one to three photos."""

import numpy as np
import pytest
import torch

from core.model.tree_head import HeadSpec, TreeHead
from core.training.imprint import class_means, imprint, nearest_mean_scores
from tests.unit.evaluation.worlds import TREE

CLASSES = tuple(leaf.id for leaf in TREE.leaves)
WIDTH = 24


def clusters(each: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(0, 1, (len(CLASSES), WIDTH))
    targets = np.repeat(np.arange(len(CLASSES)), each)
    return (centres[targets] + rng.normal(0, 0.4, (len(targets), WIDTH))).astype(np.float32), targets


def test_the_nearest_mean_is_mostly_right() -> None:
    shown, targets = clusters(each=2)
    means = class_means(shown, targets, len(CLASSES))
    assert np.linalg.norm(means, axis=1) == pytest.approx(1.0, abs=1e-5)
    new, truth = clusters(each=20, seed=1)
    scores = nearest_mean_scores(new, means, shown.mean(axis=0))
    assert (scores.argmax(axis=1) == truth).mean() > 0.9
    assert scores.max() <= 1 + 1e-5


def test_a_class_without_a_photo_is_near_to_nothing() -> None:
    shown, targets = clusters()
    means = class_means(shown[targets != 3], targets[targets != 3], len(CLASSES))
    assert not means[3].any()


@pytest.mark.parametrize("cosine", [False, True])
def test_an_imprinted_class_is_found_and_takes_nothing_from_others(cosine: bool) -> None:
    torch.manual_seed(0)
    shown, targets = clusters()
    head = TreeHead(TREE, CLASSES, WIDTH, HeadSpec(cosine=cosine))
    head.standardise(torch.from_numpy(shown))
    units = torch.nn.functional.normalize((torch.from_numpy(shown) - head.centre) / head.spread, dim=1)
    with torch.no_grad():  # as if the other classes had been learnt
        head.vectors.zero_()
        head.vectors += 1e-3
        for column in range(1, len(CLASSES)):
            head.vectors[:, head.leaves[column]] = units[targets == column].mean(dim=0) * 8
    before = head(torch.from_numpy(shown)).detach()
    imprint(head, shown, targets, [0])
    after = head(torch.from_numpy(shown)).detach()
    torch.testing.assert_close(after[:, :, 1:], before[:, :, 1:])
    new, truth = clusters(each=20, seed=1)
    guesses = head(torch.from_numpy(new)).detach().mean(dim=1).argmax(dim=1).numpy()
    assert (guesses[truth == 0] == 0).mean() > 0.8
    assert (guesses[truth != 0] == truth[truth != 0]).mean() > 0.8


def test_nothing_can_be_imprinted_from_no_photo() -> None:
    shown, targets = clusters()
    head = TreeHead(TREE, CLASSES, WIDTH, HeadSpec())
    with pytest.raises(ValueError, match="class 2 has no photo"):
        imprint(head, shown[targets != 2], targets[targets != 2], [2])
    with pytest.raises(ValueError, match="without adapters"):
        imprint(TreeHead(TREE, CLASSES, WIDTH, HeadSpec(width=8)), shown, targets, [0])


def test_features_far_from_zero_need_to_know_what_is_common() -> None:
    torch.manual_seed(0)
    shown, targets = clusters()
    shown += 5  # pooled features are all above zero, and a head need not centre them
    head = TreeHead(TREE, CLASSES, WIDTH, HeadSpec(cosine=False))
    common = shown.mean(axis=0)
    units = torch.nn.functional.normalize(torch.from_numpy(shown - common), dim=1)
    with torch.no_grad():
        head.vectors.zero_()
        for column in range(1, len(CLASSES)):
            vector = units[targets == column].mean(dim=0) * 8
            head.vectors[:, head.leaves[column]] = vector
            head.bias[:, column] = -float(vector @ torch.from_numpy(common))
    imprint(head, shown, targets, [0], common=common)
    new, truth = clusters(each=20, seed=1)
    guesses = head(torch.from_numpy(new + 5)).detach().mean(dim=1).argmax(dim=1).numpy()
    assert (guesses[truth == 0] == 0).mean() > 0.8
    assert (guesses[truth != 0] == truth[truth != 0]).mean() > 0.8
