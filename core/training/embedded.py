"""Photos as a model sees them, looked at once: embeddings on disk by the photo's hash and the backbone's."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file

from core.errors import BundleError, MediaError, TrainingError
from core.media import load_photo
from core.model import Bundle
from core.model.network import Network, create_network
from core.model.preprocess import fit, to_array
from core.model.torch_classifier import TorchClassifier
from core.model.tree_head import TreeHead
from core.training.kept_arrays import keep_array, kept_array

BATCH = 16
LEAST_SIDE = 320  # px; what `core.identify` decodes at
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo by hash, and where it is."""

    sha256: str
    path: Path


def load_network(bundle: Bundle) -> Network:
    """Return a model's network, on the CPU, if it is one that can go on learning.

    Raises:
        TrainingError: It was made by others, or has no tree head.
        BundleError: The weights do not fit.
    """
    if bundle.runtime != "timm" or not bundle.head or bundle.outputs:
        raise TrainingError(
            f"{bundle.label} cannot learn from corrections: it has no tree head; choose a model that Fieldmark trained"
        )
    network = create_network(
        bundle.architecture, bundle.options, bundle.head, bundle.classes, bundle.taxonomy
    )
    try:
        network.load_weights(load_file(bundle.weights_path))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise BundleError(f"{bundle.weights_path} does not fit {bundle.architecture}: {error}") from error
    if not isinstance(network.head, TreeHead) or network.head.spec.width:
        raise TrainingError(
            f"{bundle.label} cannot learn from corrections: its head has features for every rank"
        )
    return network.float().eval()


def backbone_sha256(bundle: Bundle) -> str:
    """Return a hash of everything that an embedding depends on; models that differ in their heads share it."""
    weights = load_arrays(bundle.weights_path)
    found = hashlib.sha256(repr((bundle.architecture, dict(bundle.options), bundle.preprocessing)).encode())
    for name in sorted(weights):
        if not name.startswith("head."):
            found.update(name.encode())
            found.update(np.ascontiguousarray(weights[name]).tobytes())
    return found.hexdigest()


def embed_photos(
    bundle: Bundle,
    photos: Sequence[PhotoRow],
    cache: Path,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Mapping[str, Floats], Mapping[str, str]]:
    """Look at photos as `identify` does, at most once each.

    Args:
        cache: Folder that keeps what was seen; whatever is damaged in it is computed anew.
        on_progress: Called with the number of photos done, and of all; may raise to stop.

    Returns:
        The embedding `(d,)` of every photo that could be read, and why the others could not, by hash.
    """
    folder = cache / "embeddings" / backbone_sha256(bundle)[:24]
    found: dict[str, Floats] = {}
    lost: dict[str, str] = {}
    new = []
    for photo in photos:
        if (kept := kept_array(folder, photo.sha256, ndim=1)) is None:
            new.append(photo)
        else:
            found[photo.sha256] = kept
    classifier = TorchClassifier(bundle) if new else None
    for start in range(0, len(new), BATCH):
        on_progress(len(photos) - len(new) + start, len(photos))
        readable = []
        for photo in new[start : start + BATCH]:
            try:
                image = load_photo(photo.path, min_side=LEAST_SIDE)
            except MediaError as error:
                gone = error.code == "not_found"
                lost[photo.sha256] = "the photo is gone" if gone else f"the photo cannot be read: {error}"
                continue
            if image.sha256 != photo.sha256:
                lost[photo.sha256] = "the file was changed since"
                continue
            readable.append((photo, to_array(fit(image.image, bundle.preprocessing), bundle.preprocessing)))
        if readable and classifier is not None:
            seen = classifier.predict([array for _, array in readable]).embeddings
            for (photo, _), row in zip(readable, seen, strict=True):
                found[photo.sha256] = row
                keep_array(folder, photo.sha256, row)
    on_progress(len(photos), len(photos))
    return found, lost
