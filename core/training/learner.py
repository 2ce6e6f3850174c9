"""One step of training: which photos, and how wrong the network is about them."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Subset

from core.model.network import Network
from core.taxonomy import BLANK
from core.training.config import LoopConfig
from core.training.dataset import PhotoDataset
from core.training.losses import expert_loss
from core.training.mixup import mix
from core.training.sampling import draw, thin
from core.training.task import Task
from core.training.workers import Workers

Batch = tuple[torch.Tensor, torch.Tensor]


class Learner:
    """What a network is to learn, as batches and their loss."""

    def __init__(self, network: Network, task: Task, config: LoopConfig, workers: Workers) -> None:
        """Prepare the labels; nothing is read yet."""
        self.network, self.task, self.config, self.workers = network, task, config, workers
        self.device = next(network.parameters()).device
        self._spans, self._positions = task.spans(task.train), task.positions().to(self.device)
        self._weights = task.weights(task.train, config.reweight)
        self._offsets = task.offsets(network.experts, empties=config.empties).to(self.device)

    def steps(self, epoch: int) -> int:
        """Return how many batches an epoch has in this process."""
        return math.ceil(len(self._rows(epoch)) / self.config.batch_size)

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Yield images `(n, 3, h, w)` and the rows of `task.train` that they show."""
        task, config = self.task, self.config
        dataset = PhotoDataset(
            task.train,
            task.spec,
            how=config.augmentation,
            size=config.train_size,
            seed=config.seed,
            epoch=epoch,
        )
        rows = self._rows(epoch).tolist()
        yield from DataLoader(Subset(dataset, rows), config.batch_size, num_workers=config.workers)

    def loss(self, batch: Batch, *, epoch: int, step: int) -> torch.Tensor:
        """Return the mean loss of a batch, ready to go backward."""
        config = self.config
        images = batch[0].to(self.device, memory_format=torch.channels_last, non_blocking=True)
        images, shown = mix(images, batch[1], config.mixup, seed=(config.seed, epoch, step))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=config.precision == "bf16"):
            features = self.network.features(images)
        scores = self._scores(features.float())
        parts = [
            share * (self._weights[rows].to(self.device) * expert_loss(
                scores, self._spans[rows].to(self.device), self._positions, self._offsets,
                lineage_weight=config.lineage_weight, smoothing=config.smoothing, focal=config.focal,
            )).mean()
            for rows, share in shown
        ]  # fmt: skip
        return torch.stack(parts).sum()

    def _scores(self, features: torch.Tensor) -> torch.Tensor:
        """Return logits `(n, e, k)` of which only the first experts reach the backbone."""
        scores, leaders = self.network.scores(features), self.config.leaders
        if leaders >= scores.shape[1]:
            return scores
        return torch.cat([scores[:, :leaders], self.network.scores(features.detach())[:, leaders:]], dim=1)

    def _rows(self, epoch: int) -> NDArray[np.intp]:
        config, workers = self.config, self.workers
        labels = [photo.label for photo in self.task.train]
        rows = draw(
            config.sampler, labels, epoch=epoch, epochs=config.epochs, seed=config.seed, cap=config.cap
        )
        rows = thin(rows, labels, {BLANK: config.empties}, epoch=epoch, seed=config.seed)
        order = np.random.default_rng([config.seed, epoch, 1]).permutation(len(rows))
        share = len(rows) - len(rows) % workers.world  # equal shares, or the last step would wait forever
        return rows[order[: share or None]][workers.rank :: workers.world]
