"""A folder that is there whole or not at all."""

import os
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.training.folder import whole_folder


def test_it_takes_its_name_when_all_is_written(tmp_path: Path) -> None:
    out = tmp_path / "models" / "new"
    with whole_folder(out) as part:
        (part / "a").write_text("x")
        assert not out.exists()
        assert part.name.startswith(".")
    assert [path.name for path in out.iterdir()] == ["a"]
    assert [path.name for path in out.parent.iterdir()] == ["new"]


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "new"

    def fail() -> None:
        with whole_folder(out) as part:
            (part / "a").write_text("x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(TrainingError, match="No space left on device; nothing was changed"),
        whole_folder(tmp_path / "new") as part,
    ):
        (part / "a").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="exists; choose another name"), whole_folder(tmp_path):
        raise AssertionError


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    left, other = tmp_path / ".new.part-abc", tmp_path / ".new-2.part-abc"
    for folder in (left, other):
        folder.mkdir()
        (folder / "half").write_text("x")
    with whole_folder(tmp_path / "new") as part:
        (part / "a").write_text("x")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".new-2.part-abc", "new"]
