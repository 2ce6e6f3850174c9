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
        grey: Probability of a photo without colours.
        infrared: Probability of a photo as an infrared flash takes it: grey, bright in the middle,
            black around it, noisy.
        dark: Probability of a photo at dusk.
        far: Probability that the photo is shrunk, so that the animal is small in the frame.
        soft: Probability of blur or a low-resolution copy, as of animals far away.
        rough: Probability of strong JPEG compression or sensor noise.
    """

    crop_area: tuple[float, float] = (0.35, 1.0)
    stretch: float = 4 / 3
    whole: float = 0.25
    jitter: float = 0.4
    grey: float = 0.1
    infrared: float = 0.1
    dark: float = 0.1
    far: float = 0.15
    soft: float = 0.2
    rough: float = 0.15


STRENGTHS = {
    "mild": Augmentation(crop_area=(0.5, 1.0), grey=0.06, infrared=0.06, dark=0.06, far=0.1),
    "default": Augmentation(),
    "strong": Augmentation(infrared=0.15, dark=0.15, far=0.25),
}


def augment(
    image: Image.Image, spec: Preprocessing, how: Augmentation, rng: np.random.Generator
) -> Image.Image:
    """Return a random square view of `spec.size` pixels of an RGB photo."""
    far = rng.random() < how.far
    view = _shrink(image, spec.size, rng) if far else _crop(image, spec.size, how, rng)
    if rng.random() < 0.5:
        view = ImageOps.mirror(view)
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        view = enhancer(view).enhance(1 + rng.uniform(-how.jitter, how.jitter))
    if rng.random() < how.grey:
        view = ImageOps.grayscale(view).convert("RGB")
    if rng.random() < how.infrared:
        view = _infrared(view, rng)
    if rng.random() < how.dark:
        view = _darken(view, rng)
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


def _shrink(image: Image.Image, size: int, rng: np.random.Generator) -> Image.Image:
    """Return the whole photo at 45-85 % of the square, its surroundings mirrored."""
    side = int(size * rng.uniform(0.45, 0.85))
    small = np.asarray(image.resize((side, side), Image.Resampling.BILINEAR))
    left, top = (int(rng.integers(0, size - side + 1)) for _ in range(2))
    pads = ((top, size - side - top), (left, size - side - left), (0, 0))
    return Image.fromarray(np.pad(small, pads, mode="symmetric"))


def _infrared(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return what a camera with an infrared flash might have seen."""
    pixels = np.asarray(ImageOps.grayscale(view), np.float32) / 255
    y, x = np.mgrid[-1 : 1 : pixels.shape[0] * 1j, -1 : 1 : pixels.shape[1] * 1j]
    distance = np.hypot(x - rng.uniform(-0.3, 0.3), y - rng.uniform(-0.3, 0.3))
    flash = 1 - rng.uniform(0.3, 0.8) * np.clip(distance / 1.3, 0, 1) ** 2
    lit = pixels ** rng.uniform(0.6, 1.3) * flash * rng.uniform(0.7, 1.2)
    lit = lit + rng.normal(0, rng.uniform(0.01, 0.05), pixels.shape)
    return Image.fromarray((255 * lit.clip(0, 1)).astype(np.uint8)).convert("RGB")


def _darken(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the view in little light: darker, flatter and noisier."""
    pixels = (np.asarray(view, np.float32) / 255) ** rng.uniform(1.1, 1.8) * rng.uniform(0.4, 0.9)
    pixels = pixels + rng.normal(0, rng.uniform(0.005, 0.03), pixels.shape)
    return Image.fromarray((255 * pixels.clip(0, 1)).astype(np.uint8))


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
