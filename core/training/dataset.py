"""Manifest rows as network input."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch.utils.data import Dataset

from core.media import load_photo
from core.model.bundle import Preprocessing
from core.model.preprocess import fit, to_array
from core.training.augment import Augmentation, augment
from core.training.manifest import LabelledPhoto


class PhotoDataset(Dataset[tuple[torch.Tensor, int]]):
    """Photos with their position in the list; augmented if `how` is given.

    The random view of photo i in epoch e depends on (seed, e, i) alone, so a resumed run sees
    exactly what an uninterrupted one would have seen, in any number of workers.
    """

    def __init__(
        self,
        photos: Sequence[LabelledPhoto],
        spec: Preprocessing,
        *,
        how: Augmentation | None = None,
        size: int | None = None,
        seed: int = 0,
        epoch: int = 0,
    ) -> None:
        """Name the photos; nothing is read yet.

        Args:
            size: Side of the square in pixels, where it is not that of `spec`.
        """
        self._photos = photos
        self._spec = replace(spec, size=size or spec.size)
        self._how, self._seed, self._epoch = how, seed, epoch

    def __len__(self) -> int:
        return len(self._photos)

    def __getitem__(self, position: int) -> tuple[torch.Tensor, int]:
        image = load_photo(self._photos[position].path, min_side=self._spec.size).image
        if self._how is None:
            view = fit(image, self._spec)
        else:
            rng = np.random.default_rng([self._seed, self._epoch, position])
            view = augment(image, self._spec, self._how, rng)
        return torch.from_numpy(to_array(view, self._spec)), position
