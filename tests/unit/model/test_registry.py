"""Which models there are, and which answers."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import BundleError
from core.model.registry import LOG, activations, find_model, installed
from tests.unit.model.test_bundle import folder  # noqa: F401  (a fixture)

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def places(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:  # noqa: F811
    ours, theirs = (tmp_path_factory.mktemp(name) for name in ("ours", "theirs"))
    shutil.copytree(folder, ours / "tiny-1")
    shutil.copytree(folder, theirs / "tiny-2")
    shutil.copytree(folder, theirs / "tiny-1")
    (theirs / "broken").mkdir()
    (theirs / ".part").mkdir()
    return ours, theirs


def test_models_are_found_and_broken_ones_are_listed_with_the_reason(places: tuple[Path, Path]) -> None:
    found = installed(*places, Path("/nowhere"))
    assert [model.name for model in found] == ["tiny-1", "broken", "tiny-2"]
    assert found[0].folder.parent == places[0]
    assert found[1].bundle is None
    assert "model.json is missing" in (found[1].problem or "")
    assert found[2].bundle is not None


def test_a_model_is_found_by_name_or_it_is_said_which_there_are(places: tuple[Path, Path]) -> None:
    assert find_model("tiny-2", *places).folder == places[1] / "tiny-2"
    with pytest.raises(BundleError, match="no model 'big'; installed: tiny-1, broken, tiny-2"):
        find_model("big", *places)
    with pytest.raises(BundleError, match="broken cannot be used"):
        find_model("broken", *places)


def test_the_log_of_older_versions_is_read(tmp_path: Path) -> None:
    log = tmp_path / LOG
    log.write_text(f'{{"at": "{NOW.isoformat()}", "name": "tiny-2"}}\n')
    assert activations(log) == (("tiny-2", NOW),)


def test_a_damaged_log_is_named(tmp_path: Path) -> None:
    (tmp_path / LOG).write_text('{"name": "a"}\nnonsense\n')
    with pytest.raises(BundleError, match=r"activations\.jsonl cannot be read"):
        activations(tmp_path / LOG)
