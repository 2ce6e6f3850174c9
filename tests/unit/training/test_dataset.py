"""Photos as network input, the same for the same seed and epoch."""

import torch

from core.training.augment import Augmentation
from core.training.dataset import PhotoDataset
from core.training.task import Task


def test_items_say_which_photo_they_are(task: Task) -> None:
    data = PhotoDataset(task.train, task.spec)
    assert len(data) == len(task.train)
    image, position = data[3]
    assert position == 3
    assert image.shape == (3, 96, 96)
    assert PhotoDataset(task.train, task.spec, size=48)[0][0].shape == (3, 48, 48)


def test_views_depend_on_seed_and_epoch_alone(task: Task) -> None:
    def view(seed: int, epoch: int) -> torch.Tensor:
        return PhotoDataset(task.train, task.spec, how=Augmentation(), seed=seed, epoch=epoch)[0][0]

    assert torch.equal(view(1, 2), view(1, 2))
    assert not torch.equal(view(1, 2), view(1, 3))
    assert not torch.equal(view(1, 2), view(2, 2))
