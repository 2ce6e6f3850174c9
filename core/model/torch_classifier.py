"""A bundle's network, loaded and ready."""

import contextlib
import threading
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.errors import BundleError
from core.model.backbones import place
from core.model.bundle import Bundle
from core.model.classifier import Prediction
from core.model.network import create_network
from core.model.novelty_file import read_novelty
from core.model.tree_head import TreeHead

MANY = 8  # photos; such a batch comes from a run that decodes the next ones meanwhile


@contextlib.contextmanager
def _threads_for(photos: int) -> Iterator[None]:
    """Leave half of the cores to decoding during a long run; threads that wait for a core wait in step."""
    threads = torch.get_num_threads()
    if photos >= MANY:
        torch.set_num_threads(max(1, threads // 2))
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class TorchClassifier:
    """A bundle's network on the CPU or on a CUDA device."""

    def __init__(self, bundle: Bundle, *, device: str | None = None, batch_size: int = 32) -> None:
        """Load the weights.

        Args:
            device: A torch device; by default CUDA where there is one.
            batch_size: Most photos in one forward pass; bounds memory, not the caller.

        Raises:
            BundleError: The weights do not fit the described network.
        """
        self.bundle = bundle
        self.novelty = read_novelty(bundle)
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.batch_size = batch_size
        self._lock = threading.Lock()  # one forward pass at a time: two would fight for the cores
        network = create_network(
            bundle.architecture, bundle.options, bundle.head, bundle.classes, bundle.taxonomy
        )
        try:
            network.load_weights(load_file(bundle.weights_path))
        except (OSError, RuntimeError, SafetensorError) as error:
            raise BundleError(f"{bundle.weights_path} does not fit {bundle.architecture}: {error}") from error
        network = network.float().eval()
        if isinstance(network.head, TreeHead):
            network.head = network.head.folded()
        self._network = place(network, self.device)

    def predict(self, arrays: Sequence[NDArray[np.float32]]) -> Prediction:
        """Score preprocessed photos, each of shape `(3, size, size)`.

        Returns:
            Logits and features in the order of `arrays`; zero rows for no photos.

        Raises:
            BundleError: The network returns something that is not a number.
        """
        scores = [np.empty((0, 1, len(self.bundle.classes)), np.float32)]
        features: list[NDArray[np.float32]] = []
        for start in range(0, len(arrays), self.batch_size):
            batch = torch.from_numpy(np.stack(arrays[start : start + self.batch_size]))
            batch = batch.to(self.device, memory_format=torch.channels_last)
            with self._lock, torch.inference_mode(), _threads_for(len(batch)):
                pooled = self._network.features(batch)
                found = self._network.scores(pooled)
            if not torch.isfinite(found).all():
                raise BundleError(f"{self.bundle.label} returned values that are not numbers")
            scores.append(found.float().cpu().numpy())
            features.append(pooled.float().cpu().numpy())
        experts = np.concatenate(scores[1:] or scores)
        embeddings = np.concatenate(features) if features else np.empty((0, 0), np.float32)
        return Prediction(experts.mean(axis=1), embeddings, experts if experts.shape[1] > 1 else None)
