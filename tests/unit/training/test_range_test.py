"""A little training, thrown away."""

from pathlib import Path

import pytest

from core.errors import TrainingError
from core.taxonomy import BLANK, Taxonomy
from core.training import mining, range_test
from core.training.manifest import Manifest
from core.training.recipe import Plan
from tests.unit.training.conftest import COLOURS, Photos
from tests.unit.training.test_recipe import CONFIG, TINY, Listener


@pytest.fixture(autouse=True)
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mining, "STILL_SEEN", 1.1)


def test_a_run_can_try_its_rates(draw: Photos, taxonomy: Taxonomy, init: Path, tmp_path: Path) -> None:
    rows = Manifest(draw((*COLOURS, BLANK)), (), "0" * 64)
    listener = Listener()
    found = range_test.range_test(
        Plan(rows, taxonomy, init, tmp_path, TINY, CONFIG, "cpu"), listener, steps=40
    )
    assert 1e-7 < found.valley < 10
    assert list(found.rates) == sorted(found.rates)
    assert listener.stages[-1] == "testing 40 rising learning rates"
    assert not (tmp_path / "model.json").exists()


def test_a_loss_that_explodes_at_once_is_said(
    draw: Photos, taxonomy: Taxonomy, init: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*args: object, **kwargs: object) -> None:
        raise ValueError("the loss exploded after 0 steps")

    monkeypatch.setattr(range_test, "find_rate", explode)
    rows = Manifest(draw((*COLOURS, BLANK)), (), "0" * 64)
    with pytest.raises(TrainingError, match="exploded after 0 steps"):
        range_test.range_test(Plan(rows, taxonomy, init, tmp_path, TINY, CONFIG, "cpu"), Listener())
