"""What all classifiers have in common: batches, one at a time, checked and mapped to the classes."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import BundleError
from core.model.bundle import Bundle
from core.model.classifier import Prediction
from core.model.novelty_file import read_novelty
from core.model.outputs import OutputMap

Array = NDArray[np.float32]


class BatchedClassifier(ABC):
    """Scores photos in batches; a subclass knows the network."""

    def __init__(self, bundle: Bundle, *, batch_size: int) -> None:
        """Read what every model may have.

        Args:
            batch_size: Most photos in one forward pass; bounds memory, not the caller.

        Raises:
            BundleError: The novelty model cannot be read.
        """
        self.bundle = bundle
        self.novelty = read_novelty(bundle)
        self.batch_size = batch_size
        self._outputs = OutputMap(bundle) if bundle.outputs else None
        self._lock = threading.Lock()  # one forward pass at a time: two would fight for the cores

    @abstractmethod
    def look(self, batch: Array) -> tuple[Array, Array]:
        """Return raw scores `(n, e, outputs)` and features `(n, d)` of photos `(n, 3, size, size)`."""

    def predict(self, arrays: Sequence[Array]) -> Prediction:
        """Score preprocessed photos, each of shape `(3, size, size)`.

        Returns:
            Logits and features in the order of `arrays`; zero rows for no photos.

        Raises:
            BundleError: The network returns something that is not a number.
        """
        scores = [np.empty((0, 1, len(self.bundle.classes)), np.float32)]
        features: list[Array] = []
        for start in range(0, len(arrays), self.batch_size):
            with self._lock:
                found, pooled = self.look(np.stack(arrays[start : start + self.batch_size]))
            if not np.isfinite(found).all():
                raise BundleError(f"{self.bundle.label} returned values that are not numbers")
            scores.append(found if self._outputs is None else self._outputs(found))
            features.append(pooled)
        experts = np.concatenate(scores[1:] or scores)
        embeddings = np.concatenate(features) if features else np.empty((0, 0), np.float32)
        return Prediction(experts.mean(axis=1), embeddings, experts if experts.shape[1] > 1 else None)
