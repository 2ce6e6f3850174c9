"""What a model remembers, on disk."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core.errors import BundleError
from core.model import Bundle, read_bundle, write_bundle
from core.model.bundle import file_sha256
from core.model.memory_file import NAME, Memory, directions, photo_number, read_memory, write_memory
from tests.unit.model.test_bundle import folder  # noqa: F401  (a fixture)


def memory(n: int = 40, d: int = 12, scale: float = 1.0) -> Memory:
    rng = np.random.default_rng(0)
    return Memory(
        (scale * rng.normal(3, 1, (n, d))).astype(np.float32), np.arange(n) % 2, np.arange(n) % 4 == 0,
        np.arange(n) // 2, rng.integers(0, 2**63, n).astype(np.uint64),
    )  # fmt: skip


@pytest.fixture
def bundle(folder: Path) -> Bundle:  # noqa: F811
    plain = read_bundle(folder)
    assert read_memory(plain) is None
    path = write_memory(memory(), np.eye(12, 3), folder)
    write_bundle(replace(plain, files={NAME: file_sha256(path)}), folder)
    return read_bundle(folder)


@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e4])
def test_what_is_written_is_read(bundle: Bundle, scale: float) -> None:
    assert bundle.folder is not None
    wanted = memory(scale=scale)
    write_memory(wanted, np.eye(12, 3), bundle.folder)
    found = read_memory(bundle)
    assert found is not None
    np.testing.assert_allclose(found.embeddings, wanted.embeddings, atol=5e-3 * scale)
    for name in ("targets", "held_out", "groups", "photos"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name))


def test_nothing_that_the_head_reads_is_lost() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, (300, 80)) * np.geomspace(1, 1e-3, 80)
    x = (x - x.mean(axis=0)).astype(np.float32)
    read = np.zeros((80, 4))
    read[76:] = np.eye(4)  # the head reads where the photos spread least
    basis = directions(x, read, width=16)
    assert basis.shape == (80, 16)
    np.testing.assert_allclose(basis.T @ basis, np.eye(16), atol=1e-5)
    back = x @ basis @ basis.T
    np.testing.assert_allclose(back @ read, x @ read, atol=1e-5)
    assert ((back - x) ** 2).sum() < 0.3 * (x**2).sum()
    assert directions(x, read, width=80).shape == (80, 80)


def test_rows_are_taken_and_joined() -> None:
    whole = memory()
    first, second = whole.take(np.arange(10)), whole.take(whole.held_out)
    joined = first.joined(second)
    assert len(joined.targets) == 10 + whole.held_out.sum()
    assert not set(joined.groups[:10]) & set(joined.groups[10:])
    assert len(first.take(np.array([], np.intp)).joined(second).targets) == whole.held_out.sum()


def test_a_photo_has_a_number() -> None:
    assert photo_number("00000000000000ff" + "e" * 48) == 255


def test_a_file_of_another_model_is_noticed(bundle: Bundle) -> None:
    assert bundle.folder is not None
    path = bundle.folder / NAME
    kept = load_file(path)
    save_file({**kept, "targets": kept["targets"] + 7}, path)
    with pytest.raises(BundleError, match="other classes"):
        read_memory(bundle)
    save_file({**kept, "held_out": kept["held_out"][:3]}, path)
    with pytest.raises(BundleError, match="damaged"):
        read_memory(bundle)
    save_file({"a": np.zeros(1)}, path)
    with pytest.raises(BundleError, match="cannot be used"):
        read_memory(bundle)
    path.write_bytes(b"x")
    with pytest.raises(BundleError, match="cannot be used"):
        read_memory(bundle)
    with pytest.raises(BundleError, match=r"memory\.safetensors was changed"):
        read_bundle(bundle.folder)
