"""What a network saw in each photo, kept on disk, and which photos look alike.

Every network has a folder of its own: `vectors` holds one row after the other, each of length one, in 16-bit fixed point:
as small as half precision, a little more exact for numbers between -1 and 1, and turned into floats many times
faster. `ids` holds the hash of the photo of each row. Both only grow, vectors first; what a crash cuts off is no whole
row, is never read, and is overwritten by the next one. All of it can be made again from the photos.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import ArrayLike, NDArray

from core.errors import MediaError
from core.media.library import write_whole

ID_BYTES = 32
ONE = 32767  # stands for 1.0
_FIXED = "<i2"
CHUNK = 8192  # rows in memory at once: 19 MB of 384 numbers
_SHAPE = "shape.json"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A photo that looks alike; `similarity` is the cosine, at most 1."""

    sha256: str
    similarity: float


@dataclass(frozen=True, slots=True)
class EmbeddingStore:
    """The embeddings that one network made, under `folder`, in a folder of its own.

    Attributes:
        model: Hash of the network's weights.
    """

    folder: Path
    model: str

    def __len__(self) -> int:
        ids, vectors = _size(self._ids), _size(self._vectors)
        width = self._width()
        return min(ids // ID_BYTES, vectors // (2 * width)) if width else 0

    def add(self, hashes: Sequence[str], embeddings: ArrayLike) -> int:
        """Append photos that are not there yet; safe from several processes.

        Args:
            embeddings: Shape `(n, d)`, of any length but zero.

        Returns:
            How many were new.

        Raises:
            MediaError: `bad_hash`, or `bad_embedding` if `d` is not what this network gave before.
        """
        rows = np.atleast_2d(np.asarray(embeddings, np.float32))
        self._home.mkdir(parents=True, exist_ok=True)
        with FileLock(self._home / ".lock"):
            width = self._width()
            if not width:
                width = rows.shape[1]
                write_whole(self._home / _SHAPE, json.dumps({"width": width, "model": self.model}).encode())
            if rows.shape[1] != width:
                raise MediaError(
                    "bad_embedding", f"an embedding has {rows.shape[1]} numbers, those before have {width}"
                )
            known = {one.tobytes() for one in self._known(hashes)}
            new = {
                _bytes(name): row for name, row in zip(hashes, rows, strict=True) if _bytes(name) not in known
            }
            count = len(self)
            kept = np.rint(ONE * unit(np.array(list(new.values())).reshape(-1, width))).astype(_FIXED)
            _append(self._vectors, count * 2 * width, kept.tobytes())
            _append(self._ids, count * ID_BYTES, b"".join(new))
        return len(new)

    def nearest(self, queries: ArrayLike, k: int) -> list[list[Neighbour]]:
        """Return the `k` most similar photos of every query, best first: exactly, by looking at all.

        A photo that was the source of a query finds itself.

        Args:
            queries: Shape `(q, d)`.
        """
        wanted = unit(np.atleast_2d(np.asarray(queries, np.float32)))
        best = np.full((len(wanted), k), -np.inf, np.float32)
        rows = np.full((len(wanted), k), -1, np.int64)
        for start, chunk in self._chunks():
            if chunk.shape[1] != wanted.shape[1]:
                raise MediaError(
                    "bad_embedding",
                    f"an embedding has {wanted.shape[1]} numbers, those here have {chunk.shape[1]}",
                )
            scores = wanted @ chunk.T / ONE
            # Most chunks hold nothing better than what was found before.
            for query in np.flatnonzero(scores.max(axis=1) > best[:, -1]):
                found = np.flatnonzero(scores[query] > best[query, -1])
                both = np.concatenate([best[query], scores[query, found]])
                order = np.argsort(-both, kind="stable")[:k]
                rows[query] = np.concatenate([rows[query], start + found])[order]
                best[query] = both[order]
        ids = self._all_ids()
        return [
            [
                Neighbour(ids[row].tobytes().hex(), float(score))
                for row, score in zip(*pair, strict=True)
                if row >= 0
            ]
            for pair in zip(rows, best, strict=True)
        ]

    def vectors(self, hashes: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """Return those of these photos that are here, in their order, and their embeddings `(n, d)`, of length one."""
        places = self._places(hashes)
        width = self._width()
        if not places:
            return (), np.empty((0, width), np.float32)
        rows = np.memmap(self._vectors, _FIXED, "r", shape=(len(self), width))
        return tuple(places), np.asarray(rows[list(places.values())] / np.float32(ONE), np.float32)

    @property
    def _home(self) -> Path:
        return self.folder / self.model[:16]

    @property
    def _ids(self) -> Path:
        return self._home / "ids"

    @property
    def _vectors(self) -> Path:
        return self._home / "vectors"

    def _width(self) -> int:
        try:
            return int(json.loads((self._home / _SHAPE).read_bytes())["width"])
        except FileNotFoundError:
            return 0

    def _all_ids(self) -> NDArray[np.uint8]:
        count = len(self)
        if not count:
            return np.empty((0, ID_BYTES), np.uint8)
        return np.memmap(self._ids, np.uint8, "r", shape=(count, ID_BYTES))

    def _known(self, hashes: Sequence[str]) -> NDArray[np.uint8]:
        ids = self._all_ids()
        return ids[list(self._places(hashes).values())]

    def _places(self, hashes: Sequence[str]) -> dict[str, int]:
        """Return the rows of photos, found by the first eight bytes of their hashes."""
        ids = self._all_ids()
        starts = np.ascontiguousarray(ids[:, :8]).view("<u8").ravel()
        wanted = {int.from_bytes(_bytes(name)[:8], "little"): name for name in hashes}
        found = np.flatnonzero(np.isin(starts, np.array(list(wanted), "<u8")))
        rows = {ids[row].tobytes().hex(): int(row) for row in found}
        return {name: rows[name] for name in hashes if name in rows}

    def _chunks(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield the number of the first row, and some thousand rows in units of `ONE`; the array is used again."""
        count, width = len(self), self._width()
        if not count:
            return
        fixed = np.empty((CHUNK, width), _FIXED)
        floats = np.empty((CHUNK, width), np.float32)
        with self._vectors.open("rb") as file:  # not mapped: memory would grow with the file
            for start in range(0, count, CHUNK):
                rows = min(CHUNK, count - start)
                file.readinto(fixed[:rows].data)
                np.copyto(floats[:rows], fixed[:rows])
                yield start, floats[:rows]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of length one; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def _bytes(sha256: str) -> bytes:
    try:
        found = bytes.fromhex(sha256)
    except ValueError:
        found = b""
    if len(found) != ID_BYTES:
        raise MediaError("bad_hash", "not a photo's hash")
    return found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _append(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(at)  # the torn end that a crash left
        file.seek(at)
        file.write(data)
