"""Empty frames made of two frames of one camera, by taking out what moved between them.

Where a camera saw only one kind of animal, a network learns the scenery in its place: it names that
animal on every later frame, also on empty ones. The same scenery without the animal is the counterexample,
and every burst holds it, since what an animal hides on one frame another frame shows.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

LEAST_ALIKE = 0.75  # correlation of two frames from which on they may show one scene
MOST_NOISE = 3.0  # grey levels; where half of all pixels differ by more, camera or light moved
MOVED = 12.0  # least difference in grey levels of what moved
LEAST_MOVED, MOST_MOVED = 0.004, 0.4  # share of the frame; what moved may be neither a leaf nor everything
LEAST_RATIO = 0.25  # smaller to larger of the two changes; else the animals overlap and one would stay
CLEAR = 1.5  # stronger to weaker outline of a large region; else it is part of both animals
LARGE = 0.3  # of the largest region
LEAST_BLOB = 60  # px
LEAST_SIDE = 100  # px
SOFT = 2.0  # px, of the seams

Pixels = NDArray[np.float32]


def emptied(first: Image.Image, second: Image.Image) -> tuple[Image.Image, Image.Image] | None:
    """Return two frames of one scene without what moved, `None` if that cannot be told.

    Every region that differs holds an animal in one of the frames; it is the one with the stronger outline
    there. That region is filled from the other frame, which shows what lies behind.
    """
    if first.size != second.size or min(first.size) < LEAST_SIDE:
        return None
    a, b = (np.asarray(image.convert("RGB"), np.float32) for image in (first, second))
    regions = _moved(a.mean(axis=2), b.mean(axis=2))
    if regions is None:
        return None
    filled = _fill(a, b, regions)
    if filled is None:
        return None
    without_a, without_b = filled
    changes = _change(a, without_a), _change(b, without_b)
    if min(changes) < max(LEAST_MOVED, LEAST_RATIO * max(changes)):
        return None
    return _image(without_a), _image(without_b)


def _moved(a: Pixels, b: Pixels) -> NDArray[np.int32] | None:
    """Return the regions that differ, numbered from 1, `None` if the frames do not show one scene."""
    smooth_a, smooth_b = ndimage.gaussian_filter(a, 3), ndimage.gaussian_filter(b, 3)
    difference = smooth_a - smooth_b
    difference -= np.median(difference)  # the light of the whole frame
    noise = float(np.median(np.abs(difference)))
    if noise > MOST_NOISE:
        return None
    moved = np.abs(difference) > max(MOVED, 5 * noise)
    grown = ndimage.binary_fill_holes(ndimage.binary_dilation(moved, iterations=6))
    if not LEAST_MOVED < grown.mean() < MOST_MOVED or not _alike(smooth_a[~grown], smooth_b[~grown]):
        return None
    return np.asarray(ndimage.label(grown)[0], np.int32)


def _alike(a: Pixels, b: Pixels) -> bool:
    if min(float(a.std()), float(b.std())) < 1:
        return False  # fog, or a black night
    return bool(np.corrcoef(a, b)[0, 1] >= LEAST_ALIKE)


def _fill(a: Pixels, b: Pixels, regions: NDArray[np.int32]) -> tuple[Pixels, Pixels] | None:
    """Return both frames with the regions filled, `None` if a large one is not clearly of one frame."""
    grey_a, grey_b = ndimage.gaussian_filter(a.mean(axis=2), 1), ndimage.gaussian_filter(b.mean(axis=2), 1)
    outline_a, outline_b = _outline(grey_a), _outline(grey_b)
    difference = grey_a - grey_b
    difference -= np.median(difference)
    without_a, without_b = a.copy(), b.copy()
    sizes = np.bincount(regions.ravel())[1:]
    for number in range(1, int(regions.max()) + 1):
        region = regions == number
        core = region & (np.abs(difference) > MOVED)
        edge = ndimage.binary_dilation(core, iterations=2) & ~ndimage.binary_erosion(core, iterations=2)
        if sizes[number - 1] < LEAST_BLOB or not edge.any():
            continue
        ratio = float(outline_a[edge].mean() / max(float(outline_b[edge].mean()), 1e-6))
        if sizes[number - 1] >= LARGE * sizes.max() and max(ratio, 1 / max(ratio, 1e-6)) < CLEAR:
            return None
        wide = ndimage.binary_dilation(region, iterations=2).astype(np.float32)
        share = ndimage.gaussian_filter(wide, SOFT)[..., None]
        if ratio > 1:
            without_a += share * (b - without_a)
        else:
            without_b += share * (a - without_b)
    return without_a, without_b


def _outline(grey: Pixels) -> Pixels:
    return np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1))


def _change(before: Pixels, after: Pixels) -> float:
    """Return the share of the frame that was changed."""
    return float((np.abs(ndimage.gaussian_filter((after - before).mean(axis=2), 2)) > MOVED).mean())


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(pixels.round(), 0, 255).astype(np.uint8))
