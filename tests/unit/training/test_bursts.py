"""Taking out of a burst what moved."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from core.training.bursts import emptied


def scene(seed: int = 0, *, size: tuple[int, int] = (200, 300)) -> np.ndarray:
    """A soft landscape with a grain, as a camera would see it."""
    rng = np.random.default_rng(seed)
    land = ndimage.gaussian_filter(rng.normal(size=size), 25)
    land = 110 + 40 * land / np.abs(land).max()
    return np.repeat(land[..., None], 3, axis=2)


def with_animal(land: np.ndarray, left: int, *, grey: float = 20, seed: int = 1) -> Image.Image:
    rng = np.random.default_rng([seed, left])
    pixels = land + rng.normal(0, 1.5, land.shape)
    pixels[80:130, left : left + 60] = grey + np.linspace(-20, 20, 60)[:, None]  # shaded, as bodies are
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def furthest(image: Image.Image, land: np.ndarray) -> float:
    return float(np.abs(ndimage.uniform_filter(np.asarray(image, float) - land, (5, 5, 1))).max())


@pytest.mark.parametrize("grey", [20, 235])
def test_both_frames_lose_their_animal_and_keep_the_scene(grey: float) -> None:
    land = scene()
    made = emptied(with_animal(land, 30, grey=grey), with_animal(land, 200, grey=grey))
    assert made is not None
    for image in made:
        assert image.size == (300, 200)
        assert furthest(image, land) < 8
    assert furthest(with_animal(land, 30, grey=grey), land) > 50


def test_the_light_may_change_a_little_between_frames() -> None:
    land = scene()
    made = emptied(with_animal(land, 30), with_animal(land + 4, 200))
    assert made is not None
    assert furthest(made[0], land) < 12


def test_animals_that_overlap_are_left_alone() -> None:
    land = scene()
    assert emptied(with_animal(land, 100), with_animal(land, 120)) is None


def test_frames_of_other_scenes_sizes_or_without_movement_are_left_alone() -> None:
    land = scene()
    assert emptied(with_animal(land, 30), with_animal(scene(5), 200)) is None
    assert emptied(with_animal(land, 30), with_animal(land, 30, seed=9)) is None
    assert emptied(with_animal(land, 30), with_animal(land, 200).resize((150, 100))) is None
    assert emptied(with_animal(land, 30).resize((90, 60)), with_animal(land, 200).resize((90, 60))) is None
    grey = Image.new("RGB", (300, 200), (128, 128, 128))
    assert emptied(grey, grey) is None
