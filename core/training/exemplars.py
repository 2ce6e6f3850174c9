"""Which photos a model keeps in mind, and making the memory of a finished model."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import TrainingError
from core.model import Bundle, write_bundle
from core.model.bundle import file_sha256
from core.model.memory_file import NAME, Memory, photo_number, write_memory
from core.model.tree_head import TreeHead
from core.training.embedded import PhotoRow, embed_photos, load_network
from core.training.manifest import LabelledPhoto

EACH = 20  # photos of a class that are rehearsed
Floats = NDArray[np.float32]


def herd(embeddings: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """Return the rows, the most telling first, whose mean is nearest to the mean of all (herding: Welling, 2009).

    Args:
        embeddings: Shape `(n, d)`, of one class.
        count: How many at most.
    """
    units = np.asarray(embeddings, np.float64)
    units = units / (np.linalg.norm(units, axis=1, keepdims=True) + 1e-9)
    mean, total = units.mean(axis=0), np.zeros(units.shape[1])
    free, chosen = np.ones(len(units), bool), []
    for size in range(1, min(count, len(units)) + 1):
        gaps = ((mean - (total + units) / size) ** 2).sum(axis=1)
        chosen.append(int(np.where(free, gaps, np.inf).argmin()))
        free[chosen[-1]] = False
        total += units[chosen[-1]]
    return np.array(chosen, np.intp)


def thinned(memory: Memory, each: int = EACH) -> Memory:
    """Return a memory with at most `each` photos of a class to rehearse; all that judge stay."""
    rows = [np.flatnonzero(memory.held_out)]
    for target in np.unique(memory.targets):
        own = np.flatnonzero(~memory.held_out & (memory.targets == target))
        rows.append(own[herd(memory.embeddings[own], each)])
    return memory.take(np.sort(np.concatenate(rows)))


def vectors_read(head: TreeHead) -> Floats:
    """Return `(d, e * k)`: what a head multiplies raw embeddings with."""
    with torch.no_grad():
        banks = head.banks() / head.spread[None, :, None]
    return np.asarray(banks.permute(1, 0, 2).flatten(1).float().numpy(), np.float32)


def remember(
    bundle: Bundle,
    photos: Sequence[LabelledPhoto],
    cache: Path,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Bundle:
    """Give a finished model a memory of the photos that it learnt from (train) and was judged on (val).

    Only `memory.safetensors` and `model.json` change; the weights, and so the model's identity, stay.

    Args:
        cache: Folder for embeddings.

    Raises:
        TrainingError: None of the photos shows one of its classes, or its head is no tree head.
    """
    known = [photo for photo in photos if photo.label in bundle.classes and photo.split != "test"]
    if not any(photo.split == "train" for photo in known):
        raise TrainingError(f"none of the photos of the split train shows a class of {bundle.label}")
    network = load_network(bundle)
    by_hash = {file_sha256(photo.path): photo for photo in known}
    found, _ = embed_photos(
        bundle,
        [PhotoRow(sha256, photo.path) for sha256, photo in by_hash.items()],
        cache,
        on_progress=on_progress,
    )
    shown = [(sha256, photo) for sha256, photo in by_hash.items() if sha256 in found]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(p.group or s for s, p in shown))}
    memory = thinned(
        Memory(
            np.stack([found[sha256] for sha256, _ in shown]),
            np.array([bundle.classes.index(photo.label) for _, photo in shown], np.intp),
            np.array([photo.split == "val" for _, photo in shown]),
            np.array([numbers[photo.group or sha256] for sha256, photo in shown], np.intp),
            np.array([photo_number(sha256) for sha256, _ in shown], np.uint64),
        )
    )
    assert isinstance(network.head, TreeHead) and bundle.folder is not None  # noqa: PT018
    path = write_memory(memory, vectors_read(network.head), bundle.folder)
    remembered = replace(
        bundle,
        files={**bundle.files, NAME: file_sha256(path)},
        training={**bundle.training, "memory": describe(memory)},
    )
    write_bundle(remembered, bundle.folder)
    return remembered


def describe(memory: Memory) -> dict[str, int]:
    """Return what a model card says about a memory."""
    judging = int(memory.held_out.sum())
    return {"rehearsed": len(memory.targets) - judging, "held_out": judging, "each": EACH}
