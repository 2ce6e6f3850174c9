"""Outputs of somebody else's network as classes."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from core.decision import Calibration
from core.model import Bundle, Preprocessing
from core.model.outputs import OutputMap
from core.taxonomy import BLANK, OTHER
from tests.unit.evaluation.worlds import TREE

HALF = (0.5, 0.5, 0.5)
LEAVES = tuple(leaf.id for leaf in TREE.leaves)


def bundle(*outputs: str) -> Bundle:
    return Bundle(
        name="x", version="1", architecture="x", options={}, preprocessing=Preprocessing(32, "crop", 1.0, HALF, HALF),
        classes=(*LEAVES, BLANK, OTHER), taxonomy=TREE, calibration=Calibration(1.0, 0.65, 0, 0.0),
        weights_sha256="0" * 64, licence="", outputs=outputs,
    )  # fmt: skip


def test_probabilities_are_summed_and_shared() -> None:
    made = bundle("s0-0", "s0-0", "genus1", BLANK, OTHER, OTHER)
    scores = np.random.default_rng(0).normal(0, 2, (4, 2, 6)).astype(np.float32)
    found = np.exp(OutputMap(made)(scores).astype(np.float64))
    given = softmax(scores, axis=2)
    column = {name: index for index, name in enumerate(made.classes)}
    assert found[..., column["s0-0"]] == pytest.approx(given[..., 0] + given[..., 1], abs=1e-6)
    for leaf in ("s1-0", "s1-1", "s1-2"):
        assert found[..., column[leaf]] == pytest.approx(given[..., 2] / 3, abs=1e-6)
    assert found[..., column[BLANK]] == pytest.approx(given[..., 3], abs=1e-6)
    assert found[..., column[OTHER]] == pytest.approx(given[..., 4] + given[..., 5], abs=1e-6)
    assert found.sum(axis=2) == pytest.approx(1.0, abs=1e-5)


def test_huge_scores_stay_numbers() -> None:
    found = OutputMap(bundle("s0-0", "s1-0"))(np.array([[[1e4, -1e4]]], np.float32))
    assert np.isfinite(found).all()
    assert found.dtype == np.float32


def test_outputs_may_be_fewer_than_classes() -> None:
    assert OutputMap(replace(bundle("s0-0"), outputs=("s0-0",)))(np.zeros((1, 1, 1), np.float32)).shape == (
        1, 1, len(LEAVES) + 2,
    )  # fmt: skip
