"""Which photos a model keeps in mind."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.errors import TrainingError
from core.model import read_bundle
from core.model.memory_file import Memory, read_memory
from core.taxonomy import BLANK
from core.training.exemplars import describe, herd, remember, thinned
from tests.unit.training.conftest import COLOURS, Photos


def test_the_mean_of_the_chosen_is_near_the_mean_of_all() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (60, 8)) + 2
    units = x / np.linalg.norm(x, axis=1, keepdims=True)
    gap = np.linalg.norm(units[herd(x, 6)].mean(axis=0) - units.mean(axis=0))
    drawn = [
        np.linalg.norm(units[rng.permutation(60)[:6]].mean(axis=0) - units.mean(axis=0)) for _ in range(50)
    ]
    assert gap < min(drawn)
    assert len(set(herd(x, 6).tolist())) == 6
    assert sorted(herd(x[:3], 20).tolist()) == [0, 1, 2]


def test_only_rehearsed_photos_are_thinned() -> None:
    n = 60
    memory = Memory(
        np.random.default_rng(0).normal(0, 1, (n, 4)).astype(np.float32), np.arange(n) % 2, np.arange(n) < 30,
        np.arange(n), np.arange(n).astype(np.uint64),
    )  # fmt: skip
    kept = thinned(memory, 5)
    assert describe(kept) == {"rehearsed": 10, "held_out": 30, "each": 20}
    assert np.bincount(kept.targets[~kept.held_out]).tolist() == [5, 5]


def test_a_model_is_given_a_memory_and_stays_itself(base: Path, draw: Photos, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "copy"))
    before = read_bundle(folder)
    rows = draw((*COLOURS, BLANK, "vulpes-vulpes"), train=10, val=6)
    after = remember(before, rows, tmp_path / "cache")
    assert after.weights_sha256 == before.weights_sha256
    assert read_bundle(folder).training["memory"] == {"rehearsed": 40, "held_out": 24, "each": 20}
    memory = read_memory(read_bundle(folder))
    assert memory is not None
    assert set(memory.targets) == set(range(4))  # the fox is no class
    assert len(set(memory.photos)) == 64
    with pytest.raises(TrainingError, match="none of the photos of the split train"):
        remember(before, [p for p in rows if p.split == "val"], tmp_path / "cache")
