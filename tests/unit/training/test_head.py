"""A head alone, on embeddings."""

import numpy as np
import torch

from core.model.tree_head import HeadSpec, TreeHead
from core.training.head import HeadConfig, train_head
from core.training.task import Task


def clouds(task: Task, per_class: int = 20) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 3, (len(task.classes), 16))
    features = np.concatenate([rng.normal(c, 1.0, (per_class, 16)) for c in centres])
    return features.astype(np.float32), [name for name in task.classes for _ in range(per_class)]


def trained(task: Task, seed: int = 0) -> tuple[TreeHead, np.ndarray, list[str], list[float]]:
    from core.training.losses import label_spans

    features, labels = clouds(task)
    torch.manual_seed(seed)
    head = TreeHead(task.taxonomy, task.classes, 16, HeadSpec())
    losses: list[float] = []
    train_head(
        head, features, torch.from_numpy(label_spans(labels, task.classes, task.taxonomy)),
        task.positions(), task.offsets(head.spec.experts), HeadConfig(epochs=15, batch_size=32, seed=seed),
        on_epoch=lambda epoch, loss: losses.append(loss) is None,
    )  # fmt: skip
    return head, features, labels, losses


def test_it_learns_to_tell_clouds_apart(task: Task) -> None:
    head, features, labels, losses = trained(task)
    assert losses[-1] < 0.5 * losses[0]
    assert len(losses) == 15
    with torch.no_grad():
        logits = head(torch.from_numpy(features))
    for expert in range(2):
        guesses = [task.classes[i] for i in logits[:, expert].argmax(dim=1)]
        assert np.mean([g == truth for g, truth in zip(guesses, labels, strict=True)]) > 0.95
    assert torch.allclose(head.centre, torch.from_numpy(features).mean(dim=0), atol=1e-4)


def test_the_same_seed_gives_the_same_head(task: Task) -> None:
    one, two = trained(task, seed=4)[0], trained(task, seed=4)[0]
    assert torch.equal(one.vectors, two.vectors)


def test_it_can_be_stopped(task: Task) -> None:
    features, labels = clouds(task, 2)
    from core.training.losses import label_spans

    head = TreeHead(task.taxonomy, task.classes, 16, HeadSpec())
    seen: list[int] = []
    train_head(
        head, features, torch.from_numpy(label_spans(labels, task.classes, task.taxonomy)),
        task.positions(), task.offsets(head.spec.experts), on_epoch=lambda epoch, loss: bool(seen.append(epoch)),
    )  # fmt: skip
    assert seen == [1]
