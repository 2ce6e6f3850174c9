"""What a classifier is to the rest of the house; no torch in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.decision.novelty import NoveltyModel
from core.model.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Prediction:
    """Raw network output for `n` photos, float32.

    Attributes:
        logits: Shape `(n, k)`: the mean over experts, if the model has several.
        embeddings: Shape `(n, d)`: pooled features.
        experts: Shape `(n, e, k)`: the logits of each expert, `None` for a model of one head.
    """

    logits: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    experts: NDArray[np.float32] | None = None


class Classifier(Protocol):
    """Anything that scores photos with a bundle's classes.

    Attributes:
        novelty: Tells animals that are none of the listed species, if the model has learnt to.
    """

    bundle: Bundle
    novelty: NoveltyModel | None

    def predict(self, arrays: Sequence[NDArray[np.float32]]) -> Prediction:
        """Score preprocessed photos, each `(3, size, size)`; row i belongs to photo i.

        Safe to call from any thread.
        """
        ...
