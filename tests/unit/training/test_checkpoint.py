"""Checkpoints: whole or refused by name."""

from pathlib import Path

import pytest
import torch

from core.errors import TrainingError
from core.training.checkpoint import read_checkpoint, save_checkpoint


def test_nothing_saved_is_nothing_read(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path, config={}, task="t") is None


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    record = {"config": {"a": 1}, "task": "t", "best": {"w": torch.arange(3)}}
    save_checkpoint(tmp_path / "run", record)
    saved = read_checkpoint(tmp_path / "run", config={"a": 1}, task="t")
    assert saved is not None
    assert torch.equal(saved["best"]["w"], torch.arange(3))
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["checkpoint.pt"]


@pytest.mark.parametrize("data", [b"", b"half a checkpoi", b"PK\x03\x04 cut off"])
def test_a_damaged_checkpoint_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(data)
    with pytest.raises(TrainingError, match=r"checkpoint\.pt.*delete it"):
        read_checkpoint(tmp_path, config={}, task="t")


def test_another_run_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, {"config": {}, "task": "t"})
    with pytest.raises(TrainingError, match="another configuration"):
        read_checkpoint(tmp_path, config={"a": 1}, task="t")
    with pytest.raises(TrainingError, match="other photos"):
        read_checkpoint(tmp_path, config={}, task="u")
