"""Making room for classes that a model did not have."""

import numpy as np
import pytest
import torch

from core.decision.novelty import NoveltyModel
from core.model.tree_head import HeadSpec, TreeHead
from core.training.growth import grown_head, grown_novelty, grown_prior
from tests.unit.evaluation.worlds import TREE

ALL = tuple(leaf.id for leaf in TREE.leaves)
NEW = ALL[4]
OLD = tuple(name for name in ALL if name != NEW)
WIDTH = 24


def photos(seed: int = 0) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    centres = 5 + np.random.default_rng(9).normal(
        0, 1, (len(ALL), WIDTH)
    )  # far from zero, as pooled features are
    owner = np.repeat(np.arange(len(ALL)), 6)
    return (centres[owner] + rng.normal(0, 0.3, (len(owner), WIDTH))).astype(np.float32), [
        ALL[i] for i in owner
    ]


@pytest.fixture
def old() -> TreeHead:
    torch.manual_seed(0)
    head = TreeHead(TREE.subtree(OLD), OLD, WIDTH, HeadSpec(cosine=False))
    x, labels = photos()
    units = torch.nn.functional.normalize(torch.from_numpy(x - x.mean(axis=0)), dim=1)
    with torch.no_grad():
        head.vectors.zero_()
        for column, name in enumerate(OLD):
            rows = [i for i, label in enumerate(labels) if label == name]
            vector = 8 * units[rows].mean(dim=0)
            head.vectors[:, head.leaves[column]] = vector
            head.bias[:, column] = -float(vector @ torch.from_numpy(x.mean(axis=0)))
    return head


def guesses(head: TreeHead, x: np.ndarray) -> list[str]:
    with torch.inference_mode():
        return [head.classes[i] for i in head(torch.from_numpy(x)).mean(dim=1).argmax(dim=1).tolist()]


def test_a_newcomer_is_named_and_takes_nothing_from_the_others(old: TreeHead) -> None:
    x, labels = photos()
    known = np.array([label != NEW for label in labels])
    head = grown_head(old, TREE, ALL, x[~known], [NEW] * 6, x[known].mean(axis=0))
    new, truth = photos(seed=1)
    found = guesses(head, new)
    assert np.mean([g == t for g, t in zip(found, truth, strict=True) if t == NEW]) > 0.8
    before = guesses(old, new)
    others = [i for i, t in enumerate(truth) if t != NEW]
    assert (
        np.mean([found[i] == truth[i] for i in others])
        >= np.mean([before[i] == truth[i] for i in others]) - 0.03
    )
    column, was = [ALL.index(name) for name in OLD], old(torch.from_numpy(new))
    torch.testing.assert_close(head(torch.from_numpy(new))[:, :, column], was)


def test_shares_of_old_classes_stay_to_each_other() -> None:
    prior = np.arange(1, len(OLD) + 1) / np.arange(1, len(OLD) + 1).sum()
    found = grown_prior(tuple(prior), 100, OLD, [NEW] * 5 + [OLD[0]] * 9, ALL)
    assert found.sum() == pytest.approx(1)
    assert found[ALL.index(NEW)] == pytest.approx(5 / 105)
    kept = found[[ALL.index(name) for name in OLD]]
    np.testing.assert_allclose(kept / kept.sum(), prior)
    np.testing.assert_allclose(grown_prior((), 50, OLD, [], OLD), 1 / len(OLD))


def test_a_stranger_that_was_taken_in_is_none_any_more() -> None:
    x, labels = photos()
    known = [i for i, label in enumerate(labels) if label != NEW]
    means = np.stack(
        [x[[i for i in known if labels[i] == name]].mean(axis=0) - x.mean(axis=0) for name in OLD]
    )
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    model = NoveltyModel(
        x.mean(axis=0),
        np.eye(WIDTH, dtype=np.float32),
        means.astype(np.float32),
        np.arange(len(OLD)),
        (0.0, 5.0, -1.0),
        0.5,
    )
    rows = [i for i, label in enumerate(labels) if label == NEW]
    grown = grown_novelty(model, OLD, ALL, x[rows], [NEW] * 6)
    assert [ALL[c] for c in grown.columns] == [*OLD, NEW]
    before = model.score(x[rows], np.zeros((6, len(OLD))))
    assert (grown.score(x[rows], np.zeros((6, len(ALL)))) < before).all()
    assert len(grown_novelty(model, OLD, (*OLD, "human"), x[rows], ["human"] * 6).columns) == len(OLD)
