"""How common each class is, from labels at any rank."""

import numpy as np
import pytest

from core.taxonomy import BLANK
from core.training.class_prior import effective_weights, expert_offsets, reversed_prior, soft_prior
from core.training.task import Task


def test_exact_labels_are_counted_with_half_a_photo_more(task: Task) -> None:
    labels = ["panthera-leo"] * 6 + ["equus-quagga"] * 2 + [BLANK]
    prior = dict(zip(task.classes, soft_prior(labels, task.classes, task.taxonomy), strict=True))
    assert prior["panthera-leo"] == pytest.approx(6.5 / 11)
    assert prior["panthera-pardus"] == pytest.approx(0.5 / 11)
    assert prior[BLANK] == pytest.approx(1.5 / 11)


def test_a_coarse_label_is_shared_as_the_others_are(task: Task) -> None:
    labels = ["panthera-leo"] * 30 + ["panthera-pardus"] * 10 + ["panthera"] * 40
    prior = dict(zip(task.classes, soft_prior(labels, task.classes, task.taxonomy), strict=True))
    assert prior["panthera-leo"] / prior["panthera-pardus"] == pytest.approx(3, rel=0.1)
    assert sum(prior.values()) == pytest.approx(1)


def test_the_rarest_becomes_the_commonest() -> None:
    assert reversed_prior(np.array([0.5, 0.3, 0.2])).tolist() == [0.2, 0.3, 0.5]


def test_offsets_of_the_experts() -> None:
    prior = np.array([0.8, 0.15, 0.05])
    offsets = expert_offsets(prior)
    assert not offsets["softmax"].any()
    assert np.ptp(offsets["balanced"] - np.log(prior)) == pytest.approx(0)
    expected = np.log(prior) - 2 * np.log(reversed_prior(prior))
    assert np.ptp(offsets["inverse"] - expected) == pytest.approx(0)
    assert np.abs(expert_offsets(np.array([1 - 1e-9, 1e-9]))["balanced"]).max() <= np.log(200) + 1e-9


def test_effective_numbers_lie_between_equal_and_inverse_weights() -> None:
    counts = np.array([1000.0, 10.0, 1.0])
    assert effective_weights(counts, 0.0) == pytest.approx([1, 1, 1])
    strong = effective_weights(counts, 0.99999)
    assert strong[2] / strong[0] == pytest.approx(1000, rel=0.01)
    mild = effective_weights(counts, 0.99)
    assert 1 < mild[2] / mild[0] < 1000
    assert (mild * counts).sum() / counts.sum() == pytest.approx(1)
