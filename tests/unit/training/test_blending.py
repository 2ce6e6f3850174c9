"""Several models become one."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.model import read_bundle
from core.model.torch_classifier import TorchClassifier
from core.taxonomy import BLANK, Taxonomy
from core.training import mining
from core.training.blending import blend_models
from core.training.manifest import Manifest
from core.training.recipe import Plan, train
from tests.unit.training.conftest import COLOURS, Photos
from tests.unit.training.test_recipe import CONFIG, TINY, Listener


@pytest.fixture(scope="module")
def rows(draw: Photos) -> Manifest:
    return Manifest(draw((*COLOURS, BLANK)), (), "0" * 64)


@pytest.fixture(scope="module")
def models(
    rows: Manifest, taxonomy: Taxonomy, init: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    folders = [tmp_path_factory.mktemp(f"model{seed}") for seed in (1, 2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mining, "STILL_SEEN", 1.1)
        for seed, folder in enumerate(folders):
            config = replace(CONFIG, epochs=1, seed=seed)
            train(Plan(rows, taxonomy, init, folder, TINY, config, "cpu"), Listener())
    return folders


def test_a_blend_is_a_model_that_says_what_is_in_it(
    models: list[Path], rows: Manifest, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    listener = Listener()
    bundle = blend_models(models, rows, taxonomy, tmp_path, "9", listener, workers=0)
    assert read_bundle(tmp_path).version == "9"
    parts = bundle.training["blend"]
    assert sum(part["share"] for part in parts) == pytest.approx(1)
    assert {part["sha256"] for part in parts} <= {read_bundle(one).weights_sha256 for one in models}
    assert len([text for text in listener.stages if "balanced log-loss" in text]) == 2 + 3
    assert bundle.calibration.n == len(rows.split("val"))
    assert TorchClassifier(bundle).bundle.head == read_bundle(models[0]).head


def test_a_share_can_be_said(models: list[Path], rows: Manifest, taxonomy: Taxonomy, tmp_path: Path) -> None:
    bundle = blend_models(models, rows, taxonomy, tmp_path, "9", Listener(), share=0.3, workers=0)
    assert [part["share"] for part in bundle.training["blend"]] == [pytest.approx(0.7), 0.3]
    for share in (0.0, 1.0):
        with pytest.raises(TrainingError, match="share between 0 and 1"):
            blend_models(models, rows, taxonomy, tmp_path, "9", Listener(), share=share)


def test_what_cannot_be_blended_is_said(
    models: list[Path], rows: Manifest, taxonomy: Taxonomy, draw: Photos, init: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="two models or more"):
        blend_models(models[:1], rows, taxonomy, tmp_path / "out", "9", Listener())
    other = Manifest(draw(("panthera-leo", "equus-quagga", "panthera-pardus")), (), "0" * 64)
    with pytest.raises(TrainingError, match="knows other classes than this manifest"):
        blend_models(models, other, taxonomy, tmp_path / "out", "9", Listener())
    train(Plan(other, taxonomy, init, tmp_path / "three", TINY, replace(CONFIG, epochs=1), "cpu"), Listener())
    with pytest.raises(TrainingError, match=r"differs from .* in its classes"):
        blend_models([models[0], tmp_path / "three"], rows, taxonomy, tmp_path / "out", "9", Listener())
