"""From a photo to network input."""

import numpy as np
import pytest
from PIL import Image

from core.model import Preprocessing
from core.model.preprocess import fit, to_array

HALF = (0.5, 0.5, 0.5)
CROP = Preprocessing(8, "crop", 1.0, HALF, HALF)
SQUASH = Preprocessing(8, "squash", 1.0, HALF, HALF)


def flag() -> Image.Image:
    """Red, green and blue thirds beside each other, 48 x 16."""
    image = Image.new("RGB", (48, 16), (255, 0, 0))
    image.paste((0, 255, 0), (16, 0, 32, 16))
    image.paste((0, 0, 255), (32, 0, 48, 16))
    return image


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    return {tuple(pixel) for pixel in np.asarray(image).reshape(-1, 3).tolist()}


@pytest.mark.parametrize("turn", [Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90])
def test_a_crop_keeps_only_the_middle(turn: Image.Transpose) -> None:
    pixels = np.asarray(fit(flag().transpose(turn), CROP))
    assert (pixels.argmax(axis=2) == 1).all()  # green everywhere; the rim blends with its neighbours
    assert (pixels[1:-1, 1:-1] == (0, 255, 0)).all()


def test_a_squash_keeps_the_whole_scene() -> None:
    pixels = np.asarray(fit(flag(), SQUASH))
    assert [pixels[4, column].argmax() for column in (0, 4, 7)] == [0, 1, 2]


def test_a_smaller_share_cuts_the_rim_off() -> None:
    image = Image.new("RGB", (20, 20), (255, 0, 0))
    image.paste((0, 0, 255), (2, 2, 18, 18))
    assert len(colours(fit(image, CROP))) > 1
    assert colours(fit(image, Preprocessing(8, "crop", 0.7, HALF, HALF))) == {(0, 0, 255)}


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("how", ["crop", "squash"])
@pytest.mark.parametrize("size", [(1, 1), (2000, 1), (1, 2000), (3, 5), (8, 8), (300, 200)])
def test_any_photo_becomes_a_square(size: tuple[int, int], how: str, interpolation: str) -> None:
    spec = Preprocessing(8, how, 0.9, HALF, HALF, interpolation)  # type: ignore[arg-type]
    square = fit(Image.new("RGB", size, (10, 20, 30)), spec)
    assert square.size == (8, 8)
    assert colours(square) == {(10, 20, 30)}


def test_the_photo_itself_is_left_alone() -> None:
    image = flag()
    before = image.tobytes()
    fit(image, CROP)
    fit(image, SQUASH)
    assert image.tobytes() == before


def test_channels_come_first_and_are_normalised_one_by_one() -> None:
    spec = Preprocessing(2, "squash", 1.0, (0.0, 0.5, 1.0), (1.0, 0.5, 0.25))
    array = to_array(Image.new("RGB", (2, 2), (255, 0, 51)), spec)
    assert array.shape == (3, 2, 2)
    assert array.dtype == np.float32
    assert array.flags.c_contiguous
    assert array[:, 0, 0].tolist() == pytest.approx([1.0, -1.0, (0.2 - 1.0) / 0.25])


def test_rows_stay_rows() -> None:
    image = Image.new("RGB", (2, 2))
    image.putpixel((1, 0), (255, 255, 255))  # right, above
    assert to_array(image, SQUASH)[0].tolist() == [[-1.0, 1.0], [-1.0, -1.0]]
