"""From whatever colours a file has to 8-bit sRGB."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from core.errors import MediaError
from core.media.notes import MediaNote

BAD_PROFILE = MediaNote("bad_colour_profile", "The colour profile is broken and was ignored.")
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def to_rgb(image: Image.Image, profile: bytes | None, name: str) -> tuple[Image.Image, tuple[MediaNote, ...]]:
    """Return 8-bit sRGB pixels, on white where the image is transparent.

    Args:
        profile: The ICC profile of the file, if it has one; a broken one becomes a note.

    Raises:
        MediaError: `damaged` or `too_many_pixels`, the colours cannot be converted.
    """
    try:
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            return Image.fromarray(_to_eight_bits(np.asarray(image))).convert("RGB"), ()
        opaque = _without_transparency(image)
        if profile:
            try:
                return _to_srgb(opaque, profile), ()
            except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
                return _without_profile(opaque), (BAD_PROFILE,)
        return _without_profile(opaque), ()
    except MemoryError:
        raise MediaError("too_many_pixels", f"{name} does not fit into memory") from None
    except (OSError, ValueError, TypeError) as error:  # how Pillow says that it lacks a conversion
        raise MediaError("damaged", f"{name} has colours that cannot be read: {error}") from error


def _without_transparency(image: Image.Image) -> Image.Image:
    """Return the image on white; colour profiles and the network know nothing of transparency."""
    if image.mode not in ("LA", "PA", "La", "RGBA", "RGBa") and "transparency" not in image.info:
        return image
    layer = image.convert("LA").convert("RGBA") if image.mode == "La" else image.convert("RGBA")
    canvas = Image.new("RGBA", layer.size, "white")
    is_grey = image.mode in ("LA", "La")  # a grey profile fits grey pixels only
    return Image.alpha_composite(canvas, layer).convert("L" if is_grey else "RGB")


def _without_profile(image: Image.Image) -> Image.Image:
    if image.mode != "LAB":
        return image.convert("RGB")
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return _convert(image, lab)


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if embedded.profile.xcolor_space.strip() == "RGB":
        image = image.convert("RGB")  # palettes; and grey photos often keep the profile they had in colour
        name = ImageCms.getProfileDescription(embedded).lower()
        if "srgb" in name and "linear" not in name:
            return image
    return _convert(image, embedded)


def _convert(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    converted = ImageCms.profileToProfile(image, profile, _SRGB, outputMode="RGB")
    return converted if converted is not None else image.convert("RGB")


def _to_eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale 16-bit or floating-point grey to 8 bits.

    Full-range 16-bit data keep their exposure (divided by 257). Sensors that fill only a few of the
    bits (10- to 12-bit thermal and night cameras) and data of unknown range are stretched instead,
    or they would come out black. What is not a number becomes as dark as the darkest number.
    """
    is_number = np.isfinite(values)
    if not is_number.any():
        return np.zeros(values.shape, np.uint8)
    low, high = float(values[is_number].min()), float(values[is_number].max())
    data: NDArray[np.floating] = np.where(is_number, values, low)
    data = data.astype(np.float32 if values.itemsize <= 2 else np.float64)
    keeps_exposure = low >= 0 and 4096 <= high <= 65535
    grey = data / 257.0 if keeps_exposure else (data - low) * (255.0 / max(high - low, 1e-9))
    return grey.round().astype(np.uint8)
