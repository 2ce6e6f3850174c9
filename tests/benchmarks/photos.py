"""Photos of 12 megapixels that compress like real ones."""

from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (4000, 3000)


def draw_photo(path: Path, seed: int) -> Path:
    """Write a JPEG with detail at every scale, some 3 MB."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((SIZE[1], SIZE[0], 3), np.float32)
    for side, strength in ((12, 90), (90, 45), (700, 22), (4000, 7)):
        noise = rng.normal(0, strength, (max(2, side * 3 // 4), side, 3)).clip(-127, 127) + 128
        layer = Image.fromarray(noise.astype(np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
        canvas += np.asarray(layer, np.float32) - 128
    Image.fromarray((canvas + 128).clip(0, 255).astype(np.uint8)).save(path, quality=88)
    return path
