"""Remarks on what cannot be seen, and silence on good photos."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.media.quality import quality_notes, sharpness
from tests.factories import scene


def codes(image: Image.Image) -> list[str]:
    return [note.code for note in quality_notes(image)]


def test_a_good_photo(cat_pixels):
    assert codes(Image.fromarray(cat_pixels)) == []


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (30_000, 2), (2, 30_000), (3, 3)])
def test_odd_shapes_do_not_raise(size):
    assert set(codes(scene(*size))) <= {"uniform", "dark", "blurred"}


@pytest.mark.parametrize("colour", ["black", "white", "grey", (10, 200, 30)])
def test_one_colour_is_uniform(colour):
    assert codes(Image.new("RGB", (400, 300), colour)) == ["uniform"]


def test_night_is_dark():
    shapes = np.zeros((256, 256, 3), np.uint8)
    shapes[64:192, 64:192] = 9
    assert codes(Image.fromarray(shapes)) == ["dark"]


def test_out_of_focus_is_blurred(cat_pixels):
    assert codes(Image.fromarray(cat_pixels).filter(ImageFilter.GaussianBlur(8))) == ["blurred"]


def test_sharpness_falls_with_blur(cat_pixels):
    cat = Image.fromarray(cat_pixels).convert("L")
    values = [
        sharpness(np.asarray(cat.filter(ImageFilter.GaussianBlur(radius)), np.float32))
        for radius in (0, 1, 3, 9)
    ]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (9, 2)])
def test_too_small_to_judge_counts_as_sharp(shape):
    assert sharpness(np.zeros(shape, np.float32)) == float("inf")
