"""What is fitted on held-out photos."""

import numpy as np
import pytest

from core.decision import log_likelihoods, softmax
from core.taxonomy import Taxonomy
from core.training.calibrate import LEAST_TARGET, calibrate, carry_likelihoods, class_weights
from core.training.task import Task


def photos(task: Task, n: int = 1200, sharpness: float = 2.0) -> tuple[np.ndarray, list[str]]:
    """Scores of which `sharpness` times the true log-likelihood, and the training prior, is left."""
    rng = np.random.default_rng(0)
    k = len(task.classes)
    targets = rng.integers(0, k, n)
    evidence = rng.normal(0, 1.0, (n, k))
    evidence[np.arange(n), targets] += 2.0
    likelihood = 2.0 * evidence  # of normal clouds of distance 2
    prior = np.array([0.7, 0.2, 0.07, 0.03])
    return sharpness * (likelihood + np.log(prior)), [task.classes[t] for t in targets]


def test_temperature_and_slope_undo_what_the_network_did(task: Task) -> None:
    prior = np.array([0.7, 0.2, 0.07, 0.03])
    logits, labels = photos(task)
    found = calibrate(logits, labels, prior, task.classes, task.taxonomy)
    assert found.temperature == pytest.approx(2.0, rel=0.15)
    assert found.slope == pytest.approx(-1.0, abs=0.2)
    assert found.n == len(labels)
    confidence = softmax(log_likelihoods(logits, found)).max(axis=1)
    right = np.array(
        [task.classes[i] == label for i, label in zip(
            log_likelihoods(logits, found).argmax(axis=1), labels, strict=True)]
    )  # fmt: skip
    assert confidence.mean() == pytest.approx(right.mean(), abs=0.03)


def test_the_target_keeps_the_promise(task: Task) -> None:
    logits, labels = photos(task)
    found = calibrate(logits, labels, np.full(4, 0.25), task.classes, task.taxonomy)
    assert [one.error for one in found.guarantees] == sorted(one.error for one in found.guarantees)
    targets = [one.target for one in found.guarantees]
    assert targets == sorted(targets, reverse=True)  # the less error, the more certainty
    assert found.target >= LEAST_TARGET
    assert found.target_error <= 0.05


def test_a_handful_of_photos_promises_nothing(task: Task) -> None:
    logits, labels = photos(task, n=6)
    found = calibrate(logits, labels, np.full(4, 0.25), task.classes, task.taxonomy)
    assert all(one.error >= 0.1 for one in found.guarantees)
    assert found.target == LEAST_TARGET


def test_every_label_counts_alike(taxonomy: Taxonomy) -> None:
    weights = class_weights(["a", "a", "a", "b"])
    assert weights.mean() == pytest.approx(1)
    assert weights[:3].sum() == pytest.approx(weights[3])


def test_a_network_that_grew_louder_gets_its_old_likelihoods_back(task: Task) -> None:
    prior = np.array([0.7, 0.2, 0.07, 0.03])
    logits, labels = photos(task)
    old = calibrate(logits, labels, prior, task.classes, task.taxonomy)
    carried = carry_likelihoods(old, 3 * logits, labels, prior, task.classes)
    scores = log_likelihoods(3 * logits, carried)
    assert carried.temperature == pytest.approx(3 * old.temperature, rel=0.25)
    assert carried.slope * carried.temperature == pytest.approx(old.slope * old.temperature)
    whole = calibrate(3 * logits, labels, prior, task.classes, task.taxonomy, fitted=carried)
    assert (whole.temperature, whole.slope) == (carried.temperature, carried.slope)
    assert whole.guarantees
    assert np.isfinite(scores).all()
