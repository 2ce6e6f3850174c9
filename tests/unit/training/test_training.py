"""From a manifest to a model folder, on a tiny network and drawn photos."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core.errors import ManifestError, TrainingError
from core.model import read_bundle
from core.model.backbones import create_backbone
from core.species import load_cards, load_taxonomy
from core.taxonomy import BLANK, Taxonomy
from core.training.judge import judge, record_scores, report
from core.training.loop import EpochReport, LoopConfig, Step, fine_tune
from core.training.manifest import LabelledPhoto, Manifest, read_manifest
from core.training.recipe import Recipe, load_pretrained, train

ROOT = Path(__file__).parents[3]
COLOURS = {
    "Panthera leo": (200, 160, 60),
    "Equus quagga": (30, 30, 30),
    "Phoenicopterus ruber": (240, 90, 110),
    "empty": (40, 140, 50),
}
TINY = Recipe(architecture="mobilenetv3_small_050", options=(), input_size=48)
CONFIG = LoopConfig(epochs=2, batch_size=8, precision="fp32", workers=0)


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


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a manifest: flat colours with noise, easy to learn."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    lines = ["file,scientific_name,split,group_id,kind,source_repo,licence_class"]
    for name, colour in COLOURS.items():
        for number, split in enumerate(["train"] * 6 + ["val"] * 3 + ["test"] * 5):
            noise = rng.integers(-25, 25, (60, 80, 3))
            pixels = (np.array(colour) + noise).clip(0, 255).astype(np.uint8)
            file = f"{name.replace(' ', '_')}_{number}.png"
            Image.fromarray(pixels).save(folder / file)
            lines.append(f"{file},{name},{split},g{file},photo,ours,cc0")
    (folder / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def init(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("init") / "tiny.safetensors"
    network = create_backbone(TINY.architecture, 10)
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, path)
    return path


@pytest.fixture(scope="session")
def manifest(photos: Path, taxonomy: Taxonomy) -> Manifest:
    return read_manifest(photos / "manifest.csv", photos, taxonomy)


@pytest.fixture(scope="session")
def made(
    manifest: Manifest, taxonomy: Taxonomy, init: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Listener]:
    out, listener = tmp_path_factory.mktemp("model"), Listener()
    train(manifest, taxonomy, init, out, TINY, CONFIG, listener, device="cpu")
    return out, listener


def test_a_run_leaves_a_model_that_serves(made: tuple[Path, Listener], manifest: Manifest) -> None:
    out, listener = made
    bundle = read_bundle(out)
    assert bundle.classes == ("phoenicopterus-ruber", "equus-quagga", "panthera-leo", BLANK) or set(
        bundle.classes
    ) == {"phoenicopterus-ruber", "equus-quagga", "panthera-leo", BLANK}
    assert [report.epoch for report in listener.epochs] == [1, 2]
    assert any("macro-F1" in stage for stage in listener.stages)
    scores = judge(bundle, manifest.split("test"))
    assert scores["all"].n == 20
    assert scores["all"].accuracy > 0.5  # colours are easy; chance is 0.25
    assert "blanks recognised" in report(scores)


def test_the_card_tells_the_runs_own_figures(made: tuple[Path, Listener], manifest: Manifest) -> None:
    out, _ = made
    bundle = read_bundle(out)
    record_scores(bundle, "test", judge(bundle, manifest.split("test")))
    updated, card = read_bundle(out), (out / "README.md").read_text()
    assert f"accuracy {updated.metrics['test']['accuracy']:.3f}" in card
    assert "36 photos (24 to train, 12 to validate)" in card
    assert "| ours | 36 |" in card


def test_a_finished_run_started_again_gives_the_same_model(
    made: tuple[Path, Listener], manifest: Manifest, taxonomy: Taxonomy, init: Path
) -> None:
    out, _ = made
    before = read_bundle(out).weights_sha256
    again = Listener()
    train(manifest, taxonomy, init, out, TINY, CONFIG, again, device="cpu")
    assert read_bundle(out).weights_sha256 == before
    assert again.epochs == []


def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(
    made: tuple[Path, Listener], manifest: Manifest, taxonomy: Taxonomy, init: Path, tmp_path: Path
) -> None:
    train(manifest, taxonomy, init, tmp_path, TINY, CONFIG, Listener(stop_after=1), device="cpu")
    rest = Listener()
    train(manifest, taxonomy, init, tmp_path, TINY, CONFIG, rest, device="cpu")
    assert [report.epoch for report in rest.epochs] == [2]
    assert read_bundle(tmp_path).weights_sha256 == read_bundle(made[0]).weights_sha256


def test_a_checkpoint_of_another_run_is_refused(
    made: tuple[Path, Listener], manifest: Manifest, taxonomy: Taxonomy, init: Path
) -> None:
    other = LoopConfig(epochs=2, batch_size=4, precision="fp32", workers=0)
    with pytest.raises(TrainingError, match="another configuration"):
        train(manifest, taxonomy, init, made[0], TINY, other, Listener(), device="cpu")


def test_a_loss_that_explodes_ends_the_run(manifest: Manifest, init: Path, tmp_path: Path) -> None:
    network, spec = load_pretrained(init, TINY, 4)
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingError, match="loss became nan"):
        fine_tune(
            network, ["panthera-leo", "equus-quagga", "phoenicopterus-ruber", BLANK], spec,
            manifest.split("train"), manifest.split("val"), CONFIG, tmp_path,
        )  # fmt: skip


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"not weights")
    with pytest.raises(TrainingError, match=r"x\.safetensors"):
        load_pretrained(tmp_path / "x.safetensors", TINY, 4)


def rows(*lines: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "a.jpg").write_bytes(b"x")
        (folder / "m.csv").write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
        return folder / "m.csv"

    return write


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (rows("file,split", "a.jpg,train"), "scientific_name"),
        (rows("file,scientific_name,split"), "no rows"),
        (rows("file,scientific_name,split", "a.jpg,Panthera leo,holdout"), "line 2: split 'holdout'"),
        (rows("file,scientific_name,split", "b.jpg,Panthera leo,val"), "b.jpg does not exist"),
        (
            rows("file,scientific_name,split", "a.jpg,Bos unicornus,val"),
            "no species card for 'Bos unicornus'",
        ),
    ],
)
def test_a_bad_manifest_says_which_line(
    write: Callable[[Path], Path], message: str, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    with pytest.raises(ManifestError, match=message):
        read_manifest(write(tmp_path), tmp_path, taxonomy)


def test_unknown_species_can_be_left_out(tmp_path: Path, taxonomy: Taxonomy) -> None:
    write = rows("file,scientific_name,split", "a.jpg,Bos unicornus,val", "a.jpg,empty,test")
    found = read_manifest(write(tmp_path), tmp_path, taxonomy, unknown_species="skip")
    assert [photo.label for photo in found.photos] == [BLANK]


def test_a_group_stays_in_its_most_protected_split(tmp_path: Path, taxonomy: Taxonomy) -> None:
    write = rows(
        "file,scientific_name,split,group_id",
        *(f"a.jpg,Panthera leo,{split},g1" for split in ("train", "test", "val")),
        "a.jpg,Panthera leo,train,g2",
    )
    found = read_manifest(write(tmp_path), tmp_path, taxonomy)
    assert [photo.split for photo in found.photos] == ["test", "train"]
    assert [photo.split for photo in found.quarantined] == ["train", "val"]
    assert all(isinstance(photo, LabelledPhoto) for photo in found.quarantined)
