"""What a classifier is to the rest of the house; no torch in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.model.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Prediction:
    """Raw network output for `n` photos: logits `(n, k)` and pooled features `(n, d)`, float32."""

    logits: NDArray[np.float32]
    embeddings: NDArray[np.float32]


class Classifier(Protocol):
    """Anything that scores photos with a bundle's classes."""

    bundle: Bundle

    def predict(self, arrays: Sequence[NDArray[np.float32]]) -> Prediction:
        """Score preprocessed photos, each `(3, size, size)`; row i belongs to photo i.

        Safe to call from any thread.
        """
        ...
