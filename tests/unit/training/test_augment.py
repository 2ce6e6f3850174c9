"""Random views of training photos."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.model import Preprocessing
from core.training.augment import Augmentation, augment

HALF = (0.5, 0.5, 0.5)
SPEC = Preprocessing(48, "squash", 1.0, HALF, HALF)
STILL = Augmentation(whole=1, jitter=0, grey=0, infrared=0, dark=0, far=0, soft=0, rough=0)


def picture(width: int = 90, height: int = 60) -> Image.Image:
    rng = np.random.default_rng(1)
    smooth = rng.integers(0, 256, (6, 9, 3), dtype=np.uint8)
    return Image.fromarray(smooth).resize((width, height), Image.Resampling.BICUBIC)


def view(seed: int, how: Augmentation = Augmentation(), image: Image.Image | None = None) -> Image.Image:  # noqa: B008
    return augment(image or picture(), SPEC, how, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(40))
def test_every_view_is_a_square_rgb_image(seed: int) -> None:
    found = view(seed)
    assert (found.size, found.mode) == ((48, 48), "RGB")


@pytest.mark.parametrize(
    "how",
    [
        STILL,
        Augmentation(soft=1),
        Augmentation(rough=1),
        Augmentation(grey=1),
        Augmentation(infrared=1),
        Augmentation(dark=1),
        Augmentation(far=1),
        Augmentation(whole=0, crop_area=(0.01, 0.02)),
    ],
    ids=["still", "soft", "rough", "grey", "infrared", "dark", "far", "tiny crops"],
)
def test_extreme_settings_and_shapes_still_give_a_square(how: Augmentation) -> None:
    for seed, size in enumerate([(1, 1), (400, 3), (3, 400), (48, 48)] * 4):
        assert view(seed, how, picture(*size)).size == (48, 48)


def test_the_same_generator_gives_the_same_view_and_another_one_another() -> None:
    views = [np.asarray(view(seed)) for seed in (5, 5, 6)]
    assert np.array_equal(views[0], views[1])
    assert not np.array_equal(views[0], views[2])


def test_without_variation_only_the_mirror_remains() -> None:
    plain = picture().resize((48, 48), Image.Resampling.BILINEAR)
    mirrored = plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    allowed = {plain.tobytes(), mirrored.tobytes()}
    assert {view(seed, STILL).tobytes() for seed in range(12)} == allowed


def test_a_grey_view_has_no_colour() -> None:
    pixels = np.asarray(view(0, replace(STILL, grey=1)))
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 1] == pixels[..., 2]).all()


def test_the_photo_itself_is_left_alone() -> None:
    image = picture()
    before = image.tobytes()
    for seed in range(8):
        view(seed, image=image)
    assert image.tobytes() == before


def test_infrared_is_grey_and_fades_towards_the_edge() -> None:
    even = Image.new("RGB", (200, 200), (150, 120, 90))
    pixels = np.mean(
        [np.asarray(view(seed, replace(STILL, infrared=1), even), float) for seed in range(8)], axis=0
    )
    assert np.ptp(pixels, axis=2).max() < 1e-9
    middle, corner = pixels[24:40, 24:40].mean(), pixels[:6, :6].mean()
    assert middle > corner + 10


def test_dusk_is_darker() -> None:
    bright = Image.new("RGB", (80, 80), (200, 200, 200))
    assert all(np.asarray(view(seed, replace(STILL, dark=1), bright)).mean() < 195 for seed in range(8))


def test_from_afar_the_whole_photo_is_there_but_small() -> None:
    """Left half red, right half blue: both halves and a border between them are still seen."""
    halves = Image.new("RGB", (80, 80), (250, 0, 0))
    halves.paste((0, 0, 250), (40, 0, 80, 80))
    for seed in range(8):
        pixels = np.asarray(view(seed, replace(STILL, far=1), halves)).astype(int)
        assert (pixels[..., 0] > 200).mean() > 0.2
        assert (pixels[..., 2] > 200).mean() > 0.2
