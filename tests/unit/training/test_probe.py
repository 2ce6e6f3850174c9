"""The head that fine-tuning starts from."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.model import Preprocessing
from core.model.backbones import create_backbone
from core.training.dataset import PhotoDataset
from core.training.manifest import LabelledPhoto
from core.training.probe import extract_features, fit_probe

HALF = (0.5, 0.5, 0.5)
Features = tuple[np.ndarray, np.ndarray]


def clusters(labels: list[int], seed: int = 0, of_each: int = 20) -> Features:
    """Return features around one centre per class, on very different scales."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 3, (max(labels) + 1, 8))
    targets = np.repeat(labels, of_each)
    features = (centres[targets] + rng.normal(0, 0.3, (len(targets), 8))) * np.logspace(-2, 2, 8) + 5
    return features.astype(np.float32), targets


def guesses(weight: np.ndarray, bias: np.ndarray, features: np.ndarray) -> np.ndarray:
    return (features @ weight.T + bias).argmax(axis=1)


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2], [0, 1, 2, 3, 4, 5]])
def test_separable_classes_are_told_apart_on_raw_features(labels: list[int]) -> None:
    train, val = clusters(labels), clusters(labels, seed=1)
    weight, bias, score = fit_probe(train, val, len(labels))
    assert weight.shape == (len(labels), 8)
    assert weight.dtype == bias.dtype == np.float32
    assert score == 1.0
    assert (guesses(weight, bias, val[0]) == val[1]).all()


@pytest.mark.parametrize("labels", [[1, 3], [0, 2, 4]])
def test_a_class_without_a_training_photo_is_never_the_best_guess(labels: list[int]) -> None:
    train, val = clusters(labels), clusters(labels, seed=1)
    weight, bias, score = fit_probe(train, val, 6)
    assert score == 1.0
    assert (guesses(weight, bias, val[0]) == val[1]).all()
    missing = [index for index in range(6) if index not in labels]
    assert not weight[missing].any()
    assert np.isfinite(bias).all()


def test_a_feature_that_never_changes_does_no_harm() -> None:
    train, val = clusters([0, 1, 2]), clusters([0, 1, 2], seed=1)
    train[0][:, 3] = val[0][:, 3] = 7.0
    weight, bias, score = fit_probe(train, val, 3)
    assert np.isfinite(weight).all()
    assert np.isfinite(bias).all()
    assert score == 1.0


def test_the_score_is_the_one_on_validation_photos() -> None:
    features, targets = clusters([0, 1, 2])
    _, _, score = fit_probe((features, targets), (features, (targets + 1) % 3), 3)
    assert score == 0.0


def test_features_come_in_the_order_of_the_photos(tmp_path: Path) -> None:
    photos = []
    for number in range(70):  # more than one batch
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (16, 16), (3 * number, 255 - 3 * number, 40)).save(path)
        photos.append(LabelledPhoto(path, "ab"[number % 2], "train"))
    torch.manual_seed(0)
    network = create_backbone("test_efficientnet", 2).train()
    dataset = PhotoDataset(photos, ["a", "b"], Preprocessing(16, "squash", 1.0, HALF, HALF))
    told: list[tuple[int, int]] = []
    features, targets = extract_features(
        network, dataset, workers=0, on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(64, 70), (70, 70)]
    assert features.shape == (70, 256)
    assert targets.tolist() == [0, 1] * 35
    last, _ = extract_features(
        network,
        PhotoDataset(photos[69:], ["a", "b"], Preprocessing(16, "squash", 1.0, HALF, HALF)),
        workers=0,
        on_progress=lambda done, total: None,
    )
    assert np.allclose(features[69], last[0], atol=1e-5)
    assert not network.training
