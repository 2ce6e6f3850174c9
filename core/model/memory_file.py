"""What a model remembers of the photos it learnt from: their embeddings, not the photos.

A few photos of every class are rehearsed when the model learns something new (exemplar replay: Rebuffi et al., 2017),
and those that it was validated on tell whether it has got worse. Embeddings are kept as coordinates in a few hundred
directions, the ones that the head reads first, so that the model answers about the rows as it did about the photos.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy.sparse.linalg import svds

from core.errors import BundleError
from core.model.bundle import Bundle

NAME = "memory.safetensors"
WIDTH = 256  # directions that are kept
READ_SHARE = 5 / 8  # of them, at most, chosen by what the head reads; the rest by how the photos spread
READ_ENERGY = 0.998

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """Photos as a network sees them, a row each.

    Attributes:
        embeddings: Shape `(n, d)`.
        targets: Shape `(n,)`, class indices.
        held_out: Shape `(n,)`: whether the photo only ever judges.
        groups: Shape `(n,)`: equal numbers for photos of one burst.
        photos: Shape `(n,)`, uint64: see `photo_number`.
    """

    embeddings: Floats
    targets: NDArray[np.intp]
    held_out: NDArray[np.bool_]
    groups: NDArray[np.intp]
    photos: NDArray[np.uint64]

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "Memory":
        """Return some rows."""
        return Memory(
            self.embeddings[rows],
            self.targets[rows],
            self.held_out[rows],
            self.groups[rows],
            self.photos[rows],
        )

    def joined(self, other: "Memory") -> "Memory":
        """Return the rows of both; groups of `other` are not those of this one."""
        groups = other.groups + (self.groups.max(initial=-1) + 1)
        return Memory(
            np.concatenate([self.embeddings, other.embeddings]),
            np.concatenate([self.targets, other.targets]),
            np.concatenate([self.held_out, other.held_out]),
            np.concatenate([self.groups, groups]),
            np.concatenate([self.photos, other.photos]),
        )


def photo_number(sha256: str) -> np.uint64:
    """Return a photo's name in a memory: the first 64 bits of its hash."""
    return np.uint64(int(sha256[:16], 16))


def directions(embeddings: Floats, read: NDArray[np.floating], width: int = WIDTH) -> Floats:
    """Return an orthonormal basis `(d, width)` in which little is lost of embeddings, and nothing that the head reads.

    Args:
        embeddings: Shape `(n, d)`, centred.
        read: Shape `(d, m)`: the vectors that embeddings are multiplied with.
    """
    d = embeddings.shape[1]
    if d <= width:
        return np.eye(d, dtype=np.float32)
    spread, turned = np.linalg.eigh(
        np.asarray(read, np.float64).T @ read
    )  # far smaller than the vectors themselves
    spread, turned = np.maximum(spread[::-1], 0.0), turned[:, ::-1]
    energy = np.cumsum(spread) / max(float(spread.sum()), 1e-12)
    count = min(int(np.searchsorted(energy, READ_ENERGY)) + 1, int(READ_SHARE * width))
    chosen, _ = np.linalg.qr(read @ turned[:, :count])
    rest = np.asarray(embeddings - embeddings @ chosen @ chosen.T, np.float64)
    wanted = min(width - count, min(rest.shape) - 1)
    _, _, others = svds(rest, k=wanted, v0=np.ones(min(rest.shape)))  # always the same start: the same file
    basis, _ = np.linalg.qr(np.concatenate([chosen, others.T], axis=1))
    return np.asarray(basis, np.float32)


def write_memory(memory: Memory, read: NDArray[np.floating], folder: Path) -> Path:
    """Write a memory in half precision and return the file.

    Args:
        read: Shape `(d, m)`, see `directions`.
    """
    centre = memory.embeddings.mean(axis=0)
    basis = directions(memory.embeddings - centre, read).astype(np.float16)
    rows = (memory.embeddings - centre) @ basis.astype(np.float32)
    scale = np.abs(rows).max(initial=1e-12)  # half precision has few digits near zero
    save_file(
        {
            "centre": centre,
            "basis": basis,
            "rows": (rows / scale).astype(np.float16),
            "scale": np.array([scale], np.float32),
            "targets": memory.targets.astype(np.int32),
            "held_out": memory.held_out,
            "groups": memory.groups.astype(np.int32),
            "photos": memory.photos,
        },
        folder / NAME,
    )
    return folder / NAME


def read_memory(bundle: Bundle) -> Memory | None:
    """Return what a model remembers, `None` if it remembers nothing.

    Raises:
        BundleError: The file does not hold a memory, or not one of these classes.
    """
    if NAME not in bundle.files:
        return None
    path = bundle.weights_path.with_name(NAME)
    try:
        kept = load_file(path)
        rows = kept["rows"].astype(np.float32) * kept["scale"]
        basis = kept["basis"].astype(np.float32)
        memory = Memory(
            embeddings=rows @ basis.T + kept["centre"],
            targets=kept["targets"].astype(np.intp),
            held_out=kept["held_out"].astype(bool),
            groups=kept["groups"].astype(np.intp),
            photos=kept["photos"].astype(np.uint64),
        )
    except (OSError, SafetensorError, LookupError, ValueError) as error:
        raise BundleError(f"{path} cannot be used: {error!r}") from error
    sizes = {len(memory.targets), len(memory.held_out), len(memory.groups), len(memory.photos), len(rows)}
    known = not len(rows) or 0 <= memory.targets.min() <= memory.targets.max() < len(bundle.classes)
    if len(sizes) != 1 or not known or not np.isfinite(memory.embeddings).all():
        raise BundleError(f"{path} is damaged, or of a model with other classes")
    return memory
