"""Random views of a training photo: what another camera, in another light, might have seen."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from core.model.bundle import Preprocessing


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How strongly photos are varied; probabilities are per photo.

    Attributes:
        crop_area: Smallest and largest share of the photo's area that is kept.
        stretch: Largest change of the aspect ratio.
        whole: Probability to squash the whole photo into the square instead of cropping.
        jitter: Largest relative change of brightness, contrast and saturation.
        grey: Probability of a grey photo, as infrared cameras take at night.
        soft: Probability of blur or a low-resolution copy, as of animals far away.
        rough: Probability of strong JPEG compression or sensor noise.
    """

    crop_area: tuple[float, float] = (0.35, 1.0)
    stretch: float = 4 / 3
    whole: float = 0.25
    jitter: float = 0.4
    grey: float = 0.15
    soft: float = 0.2
    rough: float = 0.15


def augment(
    image: Image.Image, spec: Preprocessing, how: Augmentation, rng: np.random.Generator
) -> Image.Image:
    """Return a random square view of `spec.size` pixels of an RGB photo."""
    view = _crop(image, spec.size, how, rng)
    if rng.random() < 0.5:
        view = ImageOps.mirror(view)
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        view = enhancer(view).enhance(1 + rng.uniform(-how.jitter, how.jitter))
    if rng.random() < how.grey:
        view = ImageOps.grayscale(view).convert("RGB")
    if rng.random() < how.soft:
        view = _soften(view, rng)
    if rng.random() < how.rough:
        view = _roughen(view, rng)
    return view


def _crop(image: Image.Image, size: int, how: Augmentation, rng: np.random.Generator) -> Image.Image:
    if rng.random() < how.whole:
        return image.resize((size, size), Image.Resampling.BILINEAR)
    area = image.width * image.height * rng.uniform(*how.crop_area)
    ratio = float(np.exp(rng.uniform(-np.log(how.stretch), np.log(how.stretch))))
    width = min(image.width, (area * ratio) ** 0.5)
    height = min(image.height, (area / ratio) ** 0.5)
    left, top = rng.uniform(0, image.width - width), rng.uniform(0, image.height - height)
    box = (left, top, left + width, top + height)
    return image.resize((size, size), Image.Resampling.BILINEAR, box=box)


def _soften(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    if rng.random() < 0.5:
        return view.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2.0)))
    side = int(view.width * rng.uniform(0.25, 0.7))
    return view.resize((side, side), Image.Resampling.BOX).resize(view.size, Image.Resampling.BILINEAR)


def _roughen(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    if rng.random() < 0.5:
        buffer = io.BytesIO()
        view.save(buffer, "JPEG", quality=int(rng.integers(15, 50)))
        return Image.open(buffer).convert("RGB")
    noise = rng.normal(0, rng.uniform(4, 16), (view.height, view.width, 1))
    pixels = np.asarray(view, np.float32) + noise.astype(np.float32)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
