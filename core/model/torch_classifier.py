"""A bundle's network, loaded and ready."""

import contextlib
from collections.abc import Iterator

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.errors import BundleError
from core.model.backbones import place
from core.model.batched import Array, BatchedClassifier
from core.model.bundle import Bundle
from core.model.network import Network, create_network
from core.model.tree_head import TreeHead

MANY = 8  # photos; such a batch comes from a run that decodes the next ones meanwhile


@contextlib.contextmanager
def threads_for(photos: int) -> Iterator[None]:
    """Leave half of the cores to decoding during a long run; threads that wait for a core wait in step."""
    threads = torch.get_num_threads()
    if photos >= MANY:
        torch.set_num_threads(max(1, threads // 2))
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class TorchClassifier(BatchedClassifier):
    """A bundle's network on the CPU or on a CUDA device."""

    def __init__(self, bundle: Bundle, *, device: str | None = None, batch_size: int = 32) -> None:
        """Load the weights.

        Args:
            device: A torch device; by default CUDA where there is one.

        Raises:
            BundleError: The weights do not fit the described network.
        """
        super().__init__(bundle, batch_size=batch_size)
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        network = create_network(
            bundle.architecture,
            bundle.options,
            bundle.head,
            bundle.outputs or bundle.classes,
            bundle.taxonomy,
        )
        try:
            network.load_weights(load_file(bundle.weights_path))
        except (OSError, RuntimeError, SafetensorError) as error:
            raise BundleError(f"{bundle.weights_path} does not fit {bundle.architecture}: {error}") from error
        network = network.float().eval()
        if isinstance(network.head, TreeHead):
            network.head = network.head.folded()
        self._network = place(network, self.device)

    @property
    def network(self) -> Network:
        """The network as it is served: lineages folded, in full precision."""
        return self._network

    def look(self, batch: Array) -> tuple[Array, Array]:
        """Return raw scores `(n, e, outputs)` and features `(n, d)` of photos `(n, 3, size, size)`."""
        images = torch.from_numpy(batch).to(self.device, memory_format=torch.channels_last)
        with torch.inference_mode(), threads_for(len(batch)):
            pooled = self._network.features(images)
            found = self._network.scores(pooled)
        return found.float().cpu().numpy(), pooled.float().cpu().numpy()
