"""The stages of a training run; `test_training` has the whole of it, killed and resumed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from core.decision import softmax
from core.errors import BundleError, TrainingError
from core.model import Bundle, read_bundle
from core.model.backbones import create_backbone, head_of
from core.model.bundle import CARD, WEIGHTS, file_sha256
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.taxonomy import BLANK, Taxonomy
from core.training import recipe as recipe_module
from core.training.judge import judge
from core.training.loop import EpochReport, LoopConfig, Step
from core.training.manifest import LabelledPhoto, Manifest
from core.training.recipe import Recipe, calibrate, describe_run, load_pretrained, train

TINY = Recipe(architecture="test_efficientnet", options=(), input_size=32)
CONFIG = LoopConfig(epochs=1, batch_size=12, precision="fp32", workers=0)
SPECIES = (
    "panthera-leo", "equus-quagga", "phoenicopterus-ruber", "acinonyx-jubatus", "lycaon-pictus", "syncerus-caffer",
)  # fmt: skip
Photos = Callable[..., tuple[LabelledPhoto, ...]]


class Silent:
    def on_stage(self, text: str) -> None: ...

    def on_features(self, done: int, total: int) -> None: ...

    def on_step(self, step: Step) -> None: ...

    def on_epoch(self, report: EpochReport) -> bool:
        return True


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")


@pytest.fixture(scope="module")
def init(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("init") / "tiny.safetensors"
    save_file(create_backbone(TINY.architecture, 10).state_dict(), path)
    return path


@pytest.fixture(scope="module")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Photos:
    """Draw photos of a species, each species in a colour of its own."""
    folder = tmp_path_factory.mktemp("photos")

    def photos(labels: tuple[str, ...], train: int = 4, val: int = 2) -> tuple[LabelledPhoto, ...]:
        rows = []
        for label in labels:
            colour = np.random.default_rng(list(label.encode())).integers(30, 225, 3)
            for number in range(train + val):
                rng = np.random.default_rng(number)
                pixels = (colour + rng.integers(-20, 20, (40, 48, 3))).clip(0, 255).astype(np.uint8)
                path = folder / f"{label}-{number}.png"
                Image.fromarray(pixels).save(path)
                split = "train" if number < train else "val"
                rows.append(
                    LabelledPhoto(path, label, split, kind="photo", source="ours", licence_class="cc0")
                )
        return tuple(rows)

    return photos


@pytest.fixture(autouse=True)
def ordinary_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not let a test change how all later ones get their memory."""
    monkeypatch.setattr(recipe_module, "keep_freed_memory", lambda: False)


def run(photos: tuple[LabelledPhoto, ...], taxonomy: Taxonomy, init: Path, out: Path) -> Bundle:
    return train(Manifest(photos, (), "0" * 64), taxonomy, init, out, TINY, CONFIG, Silent(), device="cpu")


def test_six_species_become_a_model(draw: Photos, taxonomy: Taxonomy, init: Path, tmp_path: Path) -> None:
    photos = draw(SPECIES)
    made = run(photos, taxonomy, init, tmp_path)
    bundle = read_bundle(tmp_path)
    assert set(bundle.classes) == set(SPECIES)
    assert bundle.classes == tuple(leaf.id for leaf in bundle.taxonomy.leaves)
    assert bundle.calibration.n == 12
    card = (tmp_path / CARD).read_text(encoding="utf-8")
    assert f"accuracy {bundle.metrics['val']['accuracy']:.3f}" in card
    assert bundle.weights_sha256 in card
    # what was written down is what the shipped weights really do, through the serving code
    again = judge(bundle, [photo for photo in photos if photo.split == "val"])["all"]
    assert again.accuracy == bundle.metrics["val"]["accuracy"]
    assert again.nll == pytest.approx(bundle.metrics["val"]["nll"], abs=1e-3)
    assert run(photos, taxonomy, init, tmp_path).weights_sha256 == made.weights_sha256


def test_two_species_can_be_told_apart(draw: Photos, taxonomy: Taxonomy, init: Path, tmp_path: Path) -> None:
    bundle = run(draw(SPECIES[:2]), taxonomy, init, tmp_path)
    assert bundle.metrics["val"]["accuracy"] == 1.0


def test_a_species_only_in_val_is_left_out_and_not_counted(
    draw: Photos, taxonomy: Taxonomy, init: Path, tmp_path: Path
) -> None:
    bundle = run(draw(SPECIES[:2]) + draw((SPECIES[2],), train=0), taxonomy, init, tmp_path)
    assert set(bundle.classes) == set(SPECIES[:2])
    assert bundle.calibration.n == bundle.training["photos"]["val"] == 4
    assert bundle.training["sources"] == {"ours": 12}


@pytest.mark.parametrize(
    ("labels", "counts"),
    [
        ((), {}),
        (SPECIES[:2], {"train": 0}),
        (SPECIES[:2], {"val": 0}),
        (SPECIES[:1], {}),
        ((BLANK,), {}),
    ],
)
def test_too_little_to_learn_from_is_said_at_once(
    labels: tuple[str, ...],
    counts: dict[str, int],
    draw: Photos,
    taxonomy: Taxonomy,
    init: Path,
    tmp_path: Path,
) -> None:
    with pytest.raises(TrainingError, match="training needs photos"):
        run(draw(labels, **counts), taxonomy, init, tmp_path)
    assert not any(tmp_path.iterdir())


def test_val_with_other_species_only_is_said_at_once(
    draw: Photos, taxonomy: Taxonomy, init: Path, tmp_path: Path
) -> None:
    photos = draw(SPECIES[:2], val=0) + draw((SPECIES[2],), train=0)
    with pytest.raises(TrainingError, match="val"):
        run(photos, taxonomy, init, tmp_path)


def test_weights_are_shipped_in_half_precision_but_norms_are_not(tmp_path: Path) -> None:
    recipe_module._save_weights(create_backbone("test_efficientnet", 3), tmp_path / "new" / WEIGHTS)
    kinds = {key: value.dtype for key, value in load_file(tmp_path / "new" / WEIGHTS).items()}
    assert kinds["classifier.weight"] == kinds["conv_stem.weight"] == torch.float16
    assert kinds["bn1.weight"] == kinds["bn1.running_var"] == torch.float32
    assert kinds["bn1.num_batches_tracked"] == torch.int64


def test_pretrained_layers_are_kept_and_the_head_is_new(init: Path) -> None:
    network, spec = load_pretrained(init, TINY, 4)
    weights = load_file(init)
    assert torch.equal(network.state_dict()["conv_stem.weight"], weights["conv_stem.weight"])
    assert head_of(network).out_features == 4
    assert (spec.size, spec.fit) == (32, "squash")


def test_weights_without_a_classifier_or_of_another_network_are_refused(init: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"nowhere\.safetensors"):
        load_pretrained(tmp_path / "nowhere.safetensors", TINY, 4)
    save_file(create_backbone("test_resnet", 3).state_dict(), tmp_path / "resnet.safetensors")
    with pytest.raises(TrainingError, match=r"resnet\.safetensors holds no weights of test_efficientnet"):
        load_pretrained(tmp_path / "resnet.safetensors", TINY, 4)
    with pytest.raises(TrainingError, match="mobilenetv3_small_050"):
        load_pretrained(init, replace(TINY, architecture="mobilenetv3_small_050"), 4)
    with pytest.raises(BundleError, match="no_such_network"):
        load_pretrained(init, replace(TINY, architecture="no_such_network"), 4)


def test_calibration_tempers_a_network_that_is_too_sure(taxonomy: Taxonomy) -> None:
    classes = ("panthera-leo", "equus-quagga")
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 2, 400)
    shown = np.where(rng.random(400) < 0.8, targets, 1 - targets)  # right four times out of five
    logits = (np.eye(2)[shown] * 12).astype(np.float32)  # and always sure
    found = calibrate(logits, targets, classes, taxonomy.subtree(classes))
    assert softmax(logits, found.temperature).max(axis=1).mean() == pytest.approx(0.8, abs=0.04)
    assert found.n == 400
    assert found.target >= 0.65


def test_the_record_of_a_run_leaves_test_photos_out(init: Path) -> None:
    rows = (
        LabelledPhoto(Path("a"), "panthera-leo", "train", source="x", licence_class="cc0", kind="photo"),
        LabelledPhoto(Path("b"), "panthera-leo", "val", source="x"),
        LabelledPhoto(Path("c"), "panthera-leo", "test", source="secret"),
    )
    record = describe_run(Manifest(rows, (), "f" * 64), init, CONFIG, [])
    assert record["photos"] == {"train": 1, "val": 1}
    assert record["sources"] == {"x": 2}
    assert record["kinds"] == {"photo": 1, "unknown": 1}
    assert record["licence_classes"] == {"cc0": 1, "unknown": 1}
    assert record["photos_per_class"] == {"panthera-leo": 1}
    assert record["init_sha256"] == file_sha256(init)
