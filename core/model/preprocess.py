"""From an upright photo to the numbers a network expects."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.model.bundle import Preprocessing

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def fit(image: Image.Image, spec: Preprocessing) -> Image.Image:
    """Return a square of `spec.size` pixels.

    `spec.fit` says how: `"crop"` scales the shorter side and cuts the middle out; `"squash"` keeps
    the whole scene and gives up its proportions.
    """
    filter_ = _FILTERS[spec.interpolation]
    if spec.fit == "squash":
        return image.resize((spec.size, spec.size), filter_, reducing_gap=2.0)
    side = min(image.size) * spec.crop_share
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    return image.resize((spec.size, spec.size), filter_, box=box, reducing_gap=2.0)


def to_array(square: Image.Image, spec: Preprocessing) -> NDArray[np.float32]:
    """Return normalised pixels, shape `(3, size, size)`, from a fitted RGB square."""
    pixels = np.asarray(square, dtype=np.float32) / 255.0
    normal = (pixels - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1))
