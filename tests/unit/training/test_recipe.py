"""From a manifest to a model folder, killed and resumed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from core.errors import TrainingError
from core.model import read_bundle
from core.model.bundle import WEIGHTS
from core.model.novelty_file import read_novelty
from core.model.torch_classifier import TorchClassifier
from core.taxonomy import BLANK, Taxonomy
from core.training import mining
from core.training.config import LoopConfig
from core.training.head import HeadConfig
from core.training.loop import EpochReport, Step
from core.training.manifest import LabelledPhoto, Manifest
from core.training.recipe import Plan, Recipe, train
from tests.unit.training.conftest import ARCHITECTURE, COLOURS, Photos

TINY = Recipe(
    architecture=ARCHITECTURE, options=(), input_size=96, backgrounds=0.1, head_config=HeadConfig(epochs=4)
)
CONFIG = LoopConfig(epochs=2, batch_size=8, frozen_depth=1, precision="fp32", workers=0)


class Listener:
    def __init__(self, stop_after: int = 99) -> None:
        self.stages: list[str] = []
        self.epochs: list[EpochReport] = []
        self._stop_after = stop_after

    def on_stage(self, text: str) -> None:
        self.stages.append(text)

    def on_features(self, done: int, total: int) -> None:
        assert done <= total

    def on_step(self, step: Step) -> None:
        assert step.remaining_s >= 0

    def on_epoch(self, report: EpochReport) -> bool:
        self.epochs.append(report)
        return len(self.epochs) < self._stop_after


@pytest.fixture(autouse=True)
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mining, "STILL_SEEN", 1.1)


@pytest.fixture(scope="module")
def manifest(draw: Photos) -> Manifest:
    return Manifest(draw((*COLOURS, BLANK)), (), "0" * 64)


@pytest.fixture(scope="module")
def made(
    manifest: Manifest, taxonomy: Taxonomy, init: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Listener]:
    out, listener = tmp_path_factory.mktemp("model"), Listener()
    train(Plan(manifest, taxonomy, init, out, TINY, CONFIG, "cpu"), listener)
    return out, listener


def test_a_run_leaves_a_model_that_serves(made: tuple[Path, Listener], task) -> None:
    out, listener = made
    bundle = read_bundle(out)
    assert set(bundle.classes) == {*COLOURS, BLANK}
    assert [report.epoch for report in listener.epochs] == [1, 2]
    assert bundle.calibration.temperature > 0
    assert len(bundle.calibration.prior) == 4
    classifier = TorchClassifier(bundle)
    assert classifier.novelty is not None
    assert classifier.novelty.projection.shape[1] == 2  # three species lie in a plane
    prediction = classifier.predict([np.zeros((3, 96, 96), np.float32)])
    assert prediction.experts is not None
    assert prediction.experts.shape == (1, 3, 4)
    assert read_novelty(bundle) is not None


def test_the_record_says_what_it_learnt_from(made: tuple[Path, Listener], init: Path) -> None:
    training = read_bundle(made[0]).training
    assert training["photos"] == {"train": 16, "val": 8}
    assert training["sources"] == {"ours": 24}
    assert training["init"] == init.name
    assert len(training["epochs"]) == 2
    assert training["photos_per_class"][BLANK] == 4  # those made of other photos are counted apart
    assert training["backgrounds"] >= 0


def test_a_finished_run_started_again_gives_the_same_model(
    made: tuple[Path, Listener], manifest: Manifest, taxonomy: Taxonomy, init: Path
) -> None:
    before = read_bundle(made[0]).weights_sha256
    again = Listener()
    train(Plan(manifest, taxonomy, init, made[0], TINY, CONFIG, "cpu"), again)
    assert read_bundle(made[0]).weights_sha256 == before
    assert again.epochs == []


def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(
    made: tuple[Path, Listener], manifest: Manifest, taxonomy: Taxonomy, init: Path, tmp_path: Path
) -> None:
    train(Plan(manifest, taxonomy, init, tmp_path, TINY, CONFIG, "cpu"), Listener(stop_after=1))
    rest = Listener()
    train(Plan(manifest, taxonomy, init, tmp_path, TINY, CONFIG, "cpu"), rest)
    assert [report.epoch for report in rest.epochs] == [2]
    assert read_bundle(tmp_path).weights_sha256 == read_bundle(made[0]).weights_sha256


def test_another_run_in_the_same_folder_is_refused(
    made: tuple[Path, Listener], manifest: Manifest, taxonomy: Taxonomy, init: Path
) -> None:
    with pytest.raises(TrainingError, match="another configuration"):
        train(Plan(manifest, taxonomy, init, made[0], TINY, replace(CONFIG, batch_size=4), "cpu"), Listener())


def test_weights_are_shipped_in_half_precision_but_norms_are_not(made: tuple[Path, Listener]) -> None:
    weights = load_file(made[0] / WEIGHTS)
    kinds = {name: str(value.dtype) for name, value in weights.items()}
    assert kinds["backbone.conv_stem.weight"] == "torch.float16"
    assert kinds["backbone.bn1.running_mean"] == "torch.float32"
    assert kinds["head.vectors"] == "torch.float16"


def test_two_species_are_enough_but_cannot_tell_strangers(
    draw: Photos, taxonomy: Taxonomy, init: Path, tmp_path: Path
) -> None:
    rows = draw(("panthera-leo", "equus-quagga"))
    config = replace(CONFIG, epochs=1)
    train(Plan(Manifest(rows, (), ""), taxonomy, init, tmp_path, TINY, config, "cpu"), Listener())
    bundle = read_bundle(tmp_path)
    assert len(bundle.classes) == 2
    assert read_novelty(bundle) is None


def test_a_species_only_in_val_is_left_out(
    draw: Photos, taxonomy: Taxonomy, init: Path, tmp_path: Path
) -> None:
    rows = draw(("panthera-leo", "equus-quagga"))
    stray: tuple[LabelledPhoto, ...] = tuple(p for p in draw(("lycaon-pictus",)) if p.split == "val")
    manifest = Manifest(rows + stray, (), "")
    train(Plan(manifest, taxonomy, init, tmp_path, TINY, replace(CONFIG, epochs=1), "cpu"), Listener())
    assert "lycaon-pictus" not in read_bundle(tmp_path).classes


def test_wrong_weights_are_refused_before_anything_is_trained(
    manifest: Manifest, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    listener = Listener()
    with pytest.raises(TrainingError, match=r"bad\.safetensors"):
        train(
            Plan(manifest, taxonomy, tmp_path / "bad.safetensors", tmp_path / "out", TINY, CONFIG, "cpu"),
            listener,
        )
    assert listener.stages == []


def test_rare_species_are_not_corrected_for_twice(
    manifest: Manifest, taxonomy: Taxonomy, init: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="once too often"):
        train(
            Plan(manifest, taxonomy, init, tmp_path, TINY, replace(CONFIG, sampler="balanced"), "cpu"),
            Listener(),
        )
    assert list(tmp_path.iterdir()) == []
