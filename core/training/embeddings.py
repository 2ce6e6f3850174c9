"""Pooled features of photos, computed once and kept on disk."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from core.model.bundle import Preprocessing
from core.model.network import Network
from core.training.dataset import PhotoDataset
from core.training.manifest import LabelledPhoto

BATCH = 32


def extract_embeddings(
    network: Network,
    photos: Sequence[LabelledPhoto],
    spec: Preprocessing,
    *,
    workers: int = 1,
    precision: str = "fp32",
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[np.float32]:
    """Return the pooled features `(n, d)` of photos, not augmented.

    Args:
        precision: `"bf16"` computes in bfloat16, about twice as fast where the processor has it; good
            enough for a head to start from.
    """
    network.eval()
    device = next(network.parameters()).device
    found = []
    for images, _ in DataLoader(PhotoDataset(photos, spec), BATCH, num_workers=workers):
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            images = images.to(device, memory_format=torch.channels_last)
            found.append(network.features(images).float().cpu().numpy())
        on_progress(sum(map(len, found)), len(photos))
    return np.concatenate(found) if found else np.empty((0, 0), np.float32)


def cached_embeddings(
    network: Network,
    photos: Sequence[LabelledPhoto],
    spec: Preprocessing,
    folder: Path,
    *,
    key: str,
    workers: int = 1,
    precision: str = "fp32",
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[np.float32]:
    """Return `extract_embeddings`, from `folder` if they were computed before.

    Args:
        key: Names the weights, such as their hash. The list of photos, their sizes on disk and the
            preprocessing are part of the cache's name too.
    """
    listed = [(photo.path.name, photo.path.stat().st_size) for photo in photos]
    name = hashlib.sha256(repr((key, spec, listed, precision)).encode()).hexdigest()[:24]
    path = folder / f"embeddings-{name}.npy"
    if path.is_file():
        return np.asarray(np.load(path, allow_pickle=False), np.float32)
    found = extract_embeddings(
        network, photos, spec, workers=workers, precision=precision, on_progress=on_progress
    )
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, found)
    os.replace(part, path)
    return found
