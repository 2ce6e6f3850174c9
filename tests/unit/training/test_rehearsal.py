"""Learning corrections while rehearsing what is known, on clusters of points."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.model.tree_head import HeadSpec, TreeHead
from core.training.losses import label_spans, leaf_positions
from core.training.rehearsal import Examples, RehearsalConfig, all_alike, rehearse
from tests.unit.evaluation.worlds import TREE

CLASSES = tuple(leaf.id for leaf in TREE.leaves)
WIDTH = 24
CONFIG = RehearsalConfig(epochs=6)


def cluster(seed: int, each: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(0, 1, (len(CLASSES), WIDTH))
    targets = np.repeat(np.arange(len(CLASSES)), each)
    return (centres[targets] + rng.normal(0, 0.3, (len(targets), WIDTH))).astype(np.float32), targets


def examples(x: np.ndarray, labels: list[str]) -> Examples:
    weights = torch.full((len(x),), 1 / len(x))
    return Examples(torch.from_numpy(x), torch.from_numpy(label_spans(labels, CLASSES, TREE)), weights)


def learn(
    head: TreeHead, x: np.ndarray, labels: list[str], config: RehearsalConfig, folder: Path, **wishes
) -> None:
    known, targets = cluster(0)
    remembered = replace(examples(known, [CLASSES[t] for t in targets]), weights=all_alike(targets))
    rehearse(
        head, examples(x, labels), remembered, torch.from_numpy(leaf_positions(CLASSES, TREE)),
        torch.zeros(3, len(CLASSES)), config, folder, task="t", **wishes,
    )  # fmt: skip


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> TreeHead:
    torch.manual_seed(0)
    head = TreeHead(TREE, CLASSES, WIDTH, HeadSpec(cosine=False))
    x, targets = cluster(1)
    free = replace(CONFIG, anchor=0.0, distil=0.0, epochs=10)
    learn(head, x, [CLASSES[t] for t in targets], free, tmp_path_factory.mktemp("run"))
    assert right(head, *cluster(2)) > 0.95
    return head


def right(head: TreeHead, x: np.ndarray, targets: np.ndarray) -> float:
    with torch.inference_mode():
        guesses = head(torch.from_numpy(x)).mean(dim=1).argmax(dim=1).numpy()
    return float((guesses == targets).mean())


def odd_ones() -> tuple[np.ndarray, list[str], np.ndarray]:
    """Photos of the second species that look like the first."""
    x, _ = cluster(3)
    rng = np.random.default_rng(4)
    odd = x[:3] + rng.normal(0, 0.6, (3, WIDTH)).astype(np.float32)
    return odd, [CLASSES[1]] * 3, np.full(3, 1)


def test_corrections_are_learnt_and_the_rest_is_kept(head: TreeHead, tmp_path: Path) -> None:
    ours, plain = copy.deepcopy(head), copy.deepcopy(head)
    x, labels, targets = odd_ones()
    assert right(head, x, targets) < 1
    learn(ours, x, labels, CONFIG, tmp_path / "ours")
    learn(plain, x, labels, replace(CONFIG, replay=0.0, anchor=0.0), tmp_path / "plain")
    assert right(ours, x, targets) == 1
    assert right(ours, *cluster(2)) >= right(head, *cluster(2)) - 0.02
    assert right(ours, *cluster(2)) > right(plain, *cluster(2))


def test_a_label_above_species_pushes_none_of_its_species(head: TreeHead, tmp_path: Path) -> None:
    learnt = copy.deepcopy(head)
    x, _, _ = odd_ones()
    family = TREE.lineage(CLASSES[1])[4].id
    inside = [CLASSES.index(leaf.id) for leaf in TREE.leaves_under(family)]
    learn(learnt, x, [family] * 3, CONFIG, tmp_path)
    with torch.inference_mode():
        before, after = (h(torch.from_numpy(x)).mean(dim=1).softmax(dim=1) for h in (head, learnt))
    assert (after[:, inside].sum(dim=1) >= before[:, inside].sum(dim=1) - 1e-4).all()


def test_a_head_of_cosines_learns_too(tmp_path: Path) -> None:
    torch.manual_seed(0)
    head = TreeHead(TREE, CLASSES, WIDTH, HeadSpec())
    x, targets = cluster(1)
    learn(
        head, x, [CLASSES[t] for t in targets], replace(CONFIG, anchor=0.0, distil=0.0, epochs=10), tmp_path
    )
    assert right(head, *cluster(2)) > 0.95


def test_a_strong_anchor_moves_nothing(head: TreeHead, tmp_path: Path) -> None:
    held = copy.deepcopy(head)
    x, labels, _ = odd_ones()
    learn(held, x, labels, replace(CONFIG, anchor=1e6), tmp_path)
    for now, was in zip(held.parameters(), head.parameters(), strict=True):
        torch.testing.assert_close(now, was, atol=1e-4, rtol=1e-3)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(head: TreeHead, tmp_path: Path) -> None:
    whole, killed = copy.deepcopy(head), copy.deepcopy(head)
    x, labels, _ = odd_ones()
    config, all_epochs = replace(CONFIG, tolerance=0.0), []
    learn(
        whole, x, labels, config, tmp_path / "whole",
        on_epoch=lambda epoch, loss, head: all_epochs.append(epoch),
    )  # fmt: skip

    def kill(epoch: int, loss: float, head: TreeHead) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(killed, x, labels, config, tmp_path / "killed", on_epoch=kill)
    again, epochs = copy.deepcopy(head), []
    learn(
        again, x, labels, config, tmp_path / "killed", on_epoch=lambda epoch, loss, head: epochs.append(epoch)
    )
    assert epochs == all_epochs[2:] != []
    for now, was in zip(again.parameters(), whole.parameters(), strict=True):
        assert torch.equal(now, was)


def test_learning_ends_when_the_loss_stands_still(head: TreeHead, tmp_path: Path) -> None:
    x, labels, _ = odd_ones()
    losses: list[float] = []
    patient = replace(CONFIG, epochs=100)
    learn(
        copy.deepcopy(head), x, labels, patient, tmp_path, on_epoch=lambda epoch, loss, h: losses.append(loss)
    )
    assert 1 < len(losses) < 100
    assert losses[-2] - losses[-1] < 1e-3 * losses[-1]
    again: list[float] = []
    learn(
        copy.deepcopy(head), x, labels, patient, tmp_path, on_epoch=lambda epoch, loss, h: again.append(loss)
    )
    assert again == []  # it was done


def test_what_a_newcomer_claims_at_first_is_not_kept(head: TreeHead, tmp_path: Path) -> None:
    """The old answers have no share for a class that the old head did not know."""
    x, targets = cluster(2)
    loud = copy.deepcopy(head)
    with torch.no_grad():
        loud.bias[:, -1] += 6.0
    known, _ = cluster(5)
    mine = targets != len(CLASSES) - 1
    claimed = {}
    for name, fresh in (("as known", ()), ("as new", (len(CLASSES) - 1,))):
        taught = copy.deepcopy(loud)
        learn(taught, known[-3:], [CLASSES[-1]] * 3, CONFIG, tmp_path / name, fresh=fresh)
        with torch.inference_mode():
            shares = taught(torch.from_numpy(x[mine])).softmax(dim=-1)[..., -1]
        claimed[name] = float(shares.mean())
    assert claimed["as new"] < claimed["as known"] / 2


def test_all_classes_count_alike() -> None:
    weights = all_alike(np.array([4, 4, 4, 7]))
    torch.testing.assert_close(weights, torch.tensor([1 / 6, 1 / 6, 1 / 6, 1 / 2]))
    assert all_alike(np.array([], np.intp)).shape == (0,)
