"""Photos laid over each other."""

import pytest
import torch

from core.training.mixup import mix

IMAGES = torch.arange(4.0).reshape(4, 1, 1, 1).expand(4, 3, 2, 2)
ROWS = torch.tensor([10, 11, 12, 13])


def test_every_image_is_the_mean_of_those_that_are_told() -> None:
    mixed, ((first, most), (second, rest)) = mix(IMAGES, ROWS, 0.4, seed=(1, 2, 3))
    assert most + rest == pytest.approx(1.0)
    assert most >= 0.5
    assert (first == ROWS).all()
    assert sorted(second.tolist()) == ROWS.tolist()
    expected = most * (first - 10) + rest * (second - 10)
    torch.testing.assert_close(mixed[:, 0, 0, 0], expected.float())


def test_the_same_seed_mixes_alike_and_another_does_not() -> None:
    one, _ = mix(IMAGES, ROWS, 0.4, seed=(1, 2, 3))
    again, _ = mix(IMAGES, ROWS, 0.4, seed=(1, 2, 3))
    other, _ = mix(IMAGES, ROWS, 0.4, seed=(1, 2, 4))
    assert (one == again).all()
    assert (one != other).any()


def test_without_mixing_nothing_happens() -> None:
    images, shown = mix(IMAGES, ROWS, 0.0, seed=(0,))
    assert images is IMAGES
    assert [(rows.tolist(), share) for rows, share in shown] == [(ROWS.tolist(), 1.0)]
