"""Which photos an epoch draws."""

from collections import Counter

import numpy as np
import pytest

from core.errors import TrainingError
from core.training.sampling import SAMPLERS, draw, refuse_double_correction, thin

LABELS = ["common"] * 900 + ["rare"] * 100


def count(sampler: str, epoch: int = 0, **more: int) -> Counter[str]:
    rows = draw(sampler, LABELS, epoch=epoch, epochs=5, seed=1, **more)
    return Counter(LABELS[row] for row in rows)


def test_every_photo_once() -> None:
    assert draw("instance", LABELS, epoch=0, epochs=1, seed=0).tolist() == list(range(1000))


def test_classes_alike() -> None:
    assert count("balanced")["rare"] == pytest.approx(500, abs=60)


def test_by_the_root_of_the_number() -> None:
    assert count("sqrt")["rare"] == pytest.approx(250, abs=50)


def test_from_photos_to_classes() -> None:
    assert count("progressive", epoch=0)["rare"] == pytest.approx(100, abs=40)
    assert count("progressive", epoch=4)["rare"] == pytest.approx(500, abs=60)


def test_a_cap_draws_afresh_every_epoch() -> None:
    assert count("cap", cap=150) == {"common": 150, "rare": 100}
    first = draw("cap", LABELS, epoch=0, epochs=5, seed=1, cap=150)
    second = draw("cap", LABELS, epoch=1, epochs=5, seed=1, cap=150)
    assert set(first) != set(second)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_same_epoch_draws_the_same(sampler: str) -> None:
    one, two = (draw(sampler, LABELS, epoch=2, epochs=5, seed=3, cap=50) for _ in range(2))
    assert np.array_equal(one, two)


def test_an_unknown_sampler_is_named() -> None:
    with pytest.raises(TrainingError, match="no sampler 'random'; use one of instance"):
        draw("random", LABELS, epoch=0, epochs=1, seed=0)


@pytest.mark.parametrize("sampler", ["balanced", "sqrt", "progressive"])
def test_rare_classes_are_not_made_common_twice(sampler: str) -> None:
    with pytest.raises(TrainingError, match=f"{sampler!r} and the expert 'balanced'"):
        refuse_double_correction(sampler, ("softmax", "balanced"))
    refuse_double_correction(sampler, ("softmax",))


@pytest.mark.parametrize("sampler", ["instance", "cap"])
def test_one_correction_is_welcome(sampler: str) -> None:
    refuse_double_correction(sampler, ("softmax", "balanced", "inverse"))


def test_a_share_of_some_labels_is_drawn_afresh_every_epoch() -> None:
    labels = ["blank"] * 1000 + ["lion"] * 50
    rows = np.arange(len(labels))
    first = thin(rows, labels, {"blank": 0.1}, epoch=0, seed=3)
    second = thin(rows, labels, {"blank": 0.1}, epoch=1, seed=3)
    assert (first >= 1000).sum() == 50
    assert 60 < (first < 1000).sum() < 140
    assert set(first.tolist()) != set(second.tolist())
    assert (thin(rows, labels, {"blank": 0.1}, epoch=0, seed=3) == first).all()
    assert thin(rows, labels, {"blank": 1.0}, epoch=0, seed=3) is rows


@pytest.mark.parametrize(
    ("sampler", "experts", "reweight", "refused"),
    [
        ("instance", ("softmax",), 0.999, False), ("instance", ("softmax", "balanced"), 0.0, False),
        ("balanced", ("softmax",), 0.0, False), ("instance", ("softmax", "balanced"), 0.999, True),
        ("sqrt", ("softmax",), 0.999, True), ("balanced", ("softmax", "inverse"), 0.0, True),
    ],
)  # fmt: skip
def test_one_correction_is_enough(
    sampler: str, experts: tuple[str, ...], reweight: float, refused: bool
) -> None:
    if refused:
        with pytest.raises(TrainingError, match="once too often"):
            refuse_double_correction(sampler, experts, reweight)
    else:
        refuse_double_correction(sampler, experts, reweight)
