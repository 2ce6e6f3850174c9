"""The novelty model on disk."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.decision.novelty import NoveltyModel
from core.errors import BundleError
from core.model import Bundle, read_bundle, write_bundle
from core.model.bundle import file_sha256
from core.model.novelty_file import NAME, read_novelty, write_novelty
from tests.unit.model.test_bundle import folder  # noqa: F401  (a fixture)

MODEL = NoveltyModel(
    centre=np.arange(4, dtype=np.float32), projection=np.eye(4, 2, dtype=np.float32),
    means=np.eye(1, 2, dtype=np.float32), columns=np.array([0]), weights=(1.5, 2.0, -0.25),
    threshold=0.6, accepted=0.9, base_rate=0.3,
)  # fmt: skip


@pytest.fixture
def bundle(folder: Path) -> Bundle:  # noqa: F811
    plain = read_bundle(folder)
    assert read_novelty(plain) is None
    write_bundle(replace(plain, files={NAME: file_sha256(write_novelty(MODEL, folder))}), folder)
    return read_bundle(folder)


def test_what_is_written_is_read(bundle: Bundle) -> None:
    found = read_novelty(bundle)
    assert found is not None
    assert found.weights == MODEL.weights
    assert (found.threshold, found.accepted, found.base_rate) == (0.6, 0.9, 0.3)
    for name in ("centre", "projection", "means", "columns"):
        assert np.array_equal(getattr(found, name), getattr(MODEL, name))


def test_a_changed_file_is_noticed(bundle: Bundle) -> None:
    assert bundle.folder is not None
    (bundle.folder / NAME).write_bytes(b"x")
    with pytest.raises(BundleError, match=r"novelty\.safetensors was changed"):
        read_bundle(bundle.folder)
    with pytest.raises(BundleError, match="cannot be used"):
        read_novelty(bundle)
    (bundle.folder / NAME).unlink()
    with pytest.raises(BundleError, match=r"novelty\.safetensors is missing"):
        read_bundle(bundle.folder)


def test_a_file_of_another_model_is_noticed(bundle: Bundle) -> None:
    assert bundle.folder is not None
    write_novelty(replace(MODEL, columns=np.array([7])), bundle.folder)
    with pytest.raises(BundleError, match="other classes"):
        read_novelty(bundle)
    save_file({"a": np.zeros(1)}, bundle.folder / NAME)
    with pytest.raises(BundleError, match="cannot be used"):
        read_novelty(bundle)
