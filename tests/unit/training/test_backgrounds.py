"""Leaving the animal out of a photo."""

import numpy as np
from PIL import Image

from core.training.backgrounds import activation, animal_box, beside, covered


def photo() -> Image.Image:
    pixels = np.full((200, 300, 3), 90, np.uint8)
    pixels[60:120, 30:100] = (250, 0, 0)
    return Image.fromarray(pixels)


def heat() -> np.ndarray:
    grid = np.zeros((7, 7))
    grid[2:5, 1:3] = 1.0
    return grid


def red(image: Image.Image) -> int:
    return int((np.asarray(image)[..., 0] > 200).sum())


def test_activation_is_where_the_class_was_seen() -> None:
    features = np.zeros((3, 4, 5))
    features[1, 2, 3] = 2.0
    found = activation(features, np.array([0.0, 1.0, 0.0]))
    assert found.shape == (4, 5)
    assert found[2, 3] == 1
    assert found.sum() == 1
    assert not activation(np.zeros((3, 2, 2)), np.ones(3)).any()


def test_the_box_covers_the_animal_with_a_margin() -> None:
    left, top, right, bottom = animal_box(heat(), 300, 200)
    assert left <= 30
    assert top <= 60
    assert right >= 100
    assert bottom >= 120


def test_an_animal_that_fills_the_photo_leaves_no_background() -> None:
    assert animal_box(np.ones((7, 7)), 300, 200) is None
    assert animal_box(np.zeros((7, 7)), 300, 200) is None  # no place stands out


def test_the_strip_beside_it_is_empty() -> None:
    strip = beside(photo(), animal_box(heat(), 300, 200))
    assert strip is not None
    assert strip.width * strip.height >= 0.16 * 300 * 200
    assert red(strip) == 0
    assert beside(photo(), (20, 20, 280, 180)) is None


def test_it_can_be_covered_with_its_surroundings() -> None:
    box = animal_box(heat(), 300, 200)
    hidden = covered(photo(), box, np.random.default_rng(0))
    assert hidden is not None
    assert hidden.size == (300, 200)
    assert red(photo()) == 60 * 70
    assert red(hidden) < 0.1 * red(photo())
    assert covered(photo(), (10, 0, 290, 200), np.random.default_rng(0)) is None
