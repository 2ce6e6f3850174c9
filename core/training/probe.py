"""A linear probe: the best head for features as they are, and the start of fine-tuning.

A random head would send large, useless gradients into the backbone and spoil its features in the
first steps (Kumar et al., 2022: "linear probing then fine-tuning").
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from torch import nn
from torch.utils.data import DataLoader

from core.model.backbones import pooled_features
from core.training.dataset import PhotoDataset

STRENGTHS = (0.003, 0.01, 0.03)  # inverse L2 penalty on standardised features


def extract_features(
    network: nn.Module, dataset: PhotoDataset, *, workers: int, on_progress: Callable[[int, int], None]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return pooled features `(n, d)` and class indices `(n,)` of a whole data set."""
    network.eval()
    device = next(network.parameters()).device
    features, targets = [], []
    for batch, target in DataLoader(dataset, batch_size=64, num_workers=workers):
        with torch.inference_mode():
            batch = batch.to(device, memory_format=torch.channels_last)
            features.append(pooled_features(network, batch).float().cpu().numpy())
        targets.append(target.numpy())
        on_progress(sum(map(len, targets)), len(dataset))
    return np.concatenate(features), np.concatenate(targets)


def fit_probe(
    train: tuple[NDArray[np.float32], NDArray[np.intp]],
    val: tuple[NDArray[np.float32], NDArray[np.intp]],
    num_classes: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Fit a softmax head on features, its penalty chosen by macro-F1 on `val`.

    Returns:
        Weight `(num_classes, d)` and bias `(num_classes,)` for raw features, and the macro-F1.
    """
    mean, scale = train[0].mean(axis=0), train[0].std(axis=0) + 1e-6
    best: tuple[float, LogisticRegression] | None = None
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=300).fit((train[0] - mean) / scale, train[1])
        score = f1_score(val[1], model.predict((val[0] - mean) / scale), average="macro", zero_division=0)
        if best is None or score > best[0]:
            best = (float(score), model)
    assert best is not None
    score, model = best
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row: how far the second is above the first
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    weight = np.zeros((num_classes, train[0].shape[1]), np.float32)
    bias = np.full(num_classes, float(intercepts.min()), np.float32)
    weight[model.classes_] = coefficients / scale
    bias[model.classes_] = intercepts - (coefficients / scale) @ mean
    return weight, bias, score
