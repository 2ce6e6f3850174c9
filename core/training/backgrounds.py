"""Empty frames made of photos with animals, by leaving the animal out.

Real empty frames come from a handful of cameras, and a network learns those cameras instead of
emptiness. A part of a photo that does not hold the animal is an empty frame from one more place, and
teaches that a meadow is not a deer.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Box = tuple[int, int, int, int]
WARM = 0.3  # share of the strongest activation from which on a cell counts as animal
MOST_COVERED = 0.4  # share of the photo; larger animals leave no background worth having
LEAST_SHARE = 0.16  # of the photo's area, for a crop beside the animal
LEAST_SIDE = 70  # px; smaller crops are a blur


def activation(features: NDArray[np.floating], weight: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return where in the photo a class was seen (class activation map: Zhou et al., 2016).

    Args:
        features: Shape `(d, h, w)`, before pooling.
        weight: Shape `(d,)`, of the class in the last layer.

    Returns:
        Shape `(h, w)`, in [0, 1].
    """
    heat = np.tensordot(weight, features, axes=1)
    heat = heat - heat.min()
    return np.asarray(heat / max(float(heat.max()), 1e-12), np.float64)


def animal_box(heat: NDArray[np.floating], width: int, height: int) -> Box | None:
    """Return the pixels that the animal may cover, half a cell wider each way.

    `None` if these are too many, or if no place stands out.
    """
    rows, columns = np.nonzero(heat >= WARM)
    if not len(rows):
        return None
    down, across = height / heat.shape[0], width / heat.shape[1]
    box = (
        int(max(0, (columns.min() - 0.5) * across)),
        int(max(0, (rows.min() - 0.5) * down)),
        int(min(width, (columns.max() + 1.5) * across)),
        int(min(height, (rows.max() + 1.5) * down)),
    )
    covered = (box[2] - box[0]) * (box[3] - box[1]) / (width * height)
    return box if covered <= MOST_COVERED else None


def beside(image: Image.Image, box: Box) -> Image.Image | None:
    """Return the largest strip of the photo beside, above or below a box, `None` if all are small."""
    width, height = image.size
    left, top, right, bottom = box
    strips = [(0, 0, left, height), (right, 0, width, height), (0, 0, width, top), (0, bottom, width, height)]
    large = [
        (area, strip)
        for strip in strips
        if min(strip[2] - strip[0], strip[3] - strip[1]) >= LEAST_SIDE
        and (area := (strip[2] - strip[0]) * (strip[3] - strip[1])) >= LEAST_SHARE * width * height
    ]
    return image.crop(max(large)[1]) if large else None


def covered(image: Image.Image, box: Box, rng: np.random.Generator) -> Image.Image | None:
    """Return the photo with a box hidden under another part of it, `None` if no part is free.

    The edge is soft. Use it on boxes without an animal too, or a network learns the edge.
    """
    left, top, right, bottom = box
    across = right - left
    free = [x for x in (left - across, right) if x >= 0 and x + across <= image.width]
    if not free:
        return None
    start = int(rng.choice(free))
    patch = image.crop((start, top, start + across, bottom))
    mask = Image.new("L", patch.size, 0)
    edge = max(2, min(patch.size) // 8)
    ImageDraw.Draw(mask).rectangle((edge, edge, patch.width - edge, patch.height - edge), fill=255)
    result = image.copy()
    result.paste(patch, (left, top), mask.filter(ImageFilter.GaussianBlur(edge / 2)))
    return result
