"""Searching for good settings of the head."""

import builtins
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.taxonomy import BLANK, Taxonomy
from core.training.head import HeadConfig
from core.training.manifest import Manifest
from core.training.tuning import RESULT, read_tuned, tune
from tests.unit.training.conftest import COLOURS, Photos
from tests.unit.training.test_recipe import TINY, Listener


@pytest.fixture
def rows(draw: Photos) -> Manifest:
    return Manifest(draw((*COLOURS, BLANK)), (), "0" * 64)


def test_a_search_goes_on_where_it_was_left(
    rows: Manifest, taxonomy: Taxonomy, init: Path, tmp_path: Path
) -> None:
    told: list[tuple[int, float, float]] = []

    def search(trials: int) -> HeadConfig:
        return tune(
            rows,
            taxonomy,
            init,
            tmp_path,
            TINY,
            Listener(),
            trials=trials,
            workers=0,
            on_trial=lambda *one: told.append(one),
        )

    search(2)
    found = search(3)
    assert [number for number, _, _ in told] == [0, 1, 2]
    assert told[-1][2] == max(value for _, value, _ in told)
    assert 3e-4 <= found.rate <= 3e-2
    recipe = read_tuned(tmp_path / RESULT, TINY)
    assert recipe.head_config == found
    assert recipe.architecture == TINY.architecture
    assert len(list((tmp_path / "run").glob("embeddings-*.npy"))) == 2  # computed once


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    with pytest.raises(TrainingError, match="is not a result of `tune`"):
        read_tuned(tmp_path / "x.json", TINY)


def test_without_optuna_the_message_says_how_to_get_it(
    rows: Manifest, taxonomy: Taxonomy, init: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: object, **kwargs: object) -> object:
        if name == "optuna":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(TrainingError, match="pip install optuna"):
        tune(rows, taxonomy, init, tmp_path, TINY, Listener(), trials=1)
