"""Photos that look the same though their files differ: resized, compressed again, the next frame of a burst.

The hash is 64 bits of the photo's lowest frequencies, above or below their median (Zauner, 2010, "Implementation and
Benchmarking of Perceptual Image Hash Functions"); what looks the same differs in few bits.
"""

from collections.abc import Mapping, Sequence

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

NEAR = 6  # bits of 64; unrelated photos differ in about 32
_ROWS = 512  # compared with all others at once


def perceptual_hash(image: Image.Image) -> str:
    """Return 64 bits as 16 hexadecimal digits."""
    return str(imagehash.phash(image))


def near_duplicates(wanted: str, hashes: Mapping[str, str], *, most: int = NEAR) -> list[tuple[str, int]]:
    """Return photos whose hash differs in at most `most` bits, with the number of bits, nearest first.

    Args:
        hashes: Perceptual hash by photo.
    """
    names = list(hashes)
    bits = np.bitwise_count(_numbers(list(hashes.values())) ^ np.uint64(int(wanted, 16)))
    found = np.flatnonzero(bits <= most)
    return sorted(((names[i], int(bits[i])) for i in found), key=lambda pair: (pair[1], pair[0]))


def duplicate_groups(hashes: Mapping[str, str], *, most: int = NEAR) -> list[tuple[str, ...]]:
    """Return groups of at least two photos; in a group each is a near-duplicate of another one.

    Compares all pairs: 20,000 photos take about a second.
    """
    names = list(hashes)
    numbers = _numbers(list(hashes.values()))
    pairs = []
    for start in range(0, len(numbers), _ROWS):
        differing = np.bitwise_count(numbers[start : start + _ROWS, None] ^ numbers[None, :])
        rows, columns = np.nonzero(differing <= most)
        pairs.append((rows + start, columns))
    if not pairs:
        return []
    rows, columns = (np.concatenate(side) for side in zip(*pairs, strict=True))
    links = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(len(names), len(names)))
    count, group = connected_components(links, directed=False)
    members: list[list[str]] = [[] for _ in range(count)]
    for name, number in zip(names, group, strict=True):
        members[number].append(name)
    return [tuple(some) for some in members if len(some) > 1]


def _numbers(hashes: Sequence[str]) -> NDArray[np.uint64]:
    return np.array([int(text, 16) for text in hashes], np.uint64)
