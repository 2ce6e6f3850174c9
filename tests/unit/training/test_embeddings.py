"""Features, computed once."""

from pathlib import Path

import numpy as np
import pytest

from core.model.network import Network
from core.training.embeddings import cached_embeddings, extract_embeddings
from core.training.task import Task


def test_features_come_in_the_order_of_the_photos(network: Network, task: Task) -> None:
    together = extract_embeddings(network, task.train, task.spec, workers=0)
    alone = np.concatenate([extract_embeddings(network, [p], task.spec, workers=0) for p in task.train[:3]])
    np.testing.assert_allclose(together[:3], alone, atol=1e-4)
    assert extract_embeddings(network, [], task.spec, workers=0).shape == (0, 0)


def test_the_second_time_nothing_is_computed(
    network: Network, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cached_embeddings(network, task.train, task.spec, tmp_path, key="a", workers=0)
    monkeypatch.setattr(network, "features", lambda images: pytest.fail("computed again"))
    again = cached_embeddings(network, task.train, task.spec, tmp_path, key="a", workers=0)
    assert np.array_equal(first, again)
    with pytest.raises(pytest.fail.Exception):
        cached_embeddings(network, task.train, task.spec, tmp_path, key="b", workers=0)
    with pytest.raises(pytest.fail.Exception):
        cached_embeddings(network, task.train[1:], task.spec, tmp_path, key="a", workers=0)


def test_half_the_precision_is_nearly_the_same(network: Network, task: Task, tmp_path: Path) -> None:
    full = cached_embeddings(network, task.val, task.spec, tmp_path, key="a", workers=0)
    half = cached_embeddings(network, task.val, task.spec, tmp_path, key="a", workers=0, precision="bf16")
    assert not np.array_equal(full, half)
    assert half.dtype == np.float32
    np.testing.assert_allclose(half, full, atol=0.1 * np.abs(full).max())
