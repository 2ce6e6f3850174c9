"""From a model folder to one that others load."""

import csv
import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

import core.publish as service
from core.__main__ import app
from core.errors import BundleError
from core.model import Bundle
from core.model.bundle import WEIGHTS, file_sha256, write_bundle
from core.model.preprocess import fit, to_array
from core.model.sources import read_timm
from core.publish import publish
from tests.unit.model.test_export import PIXELS
from tests.unit.model.test_torch_classifier import tiny

__all__ = ["tiny"]


@pytest.fixture
def model(tiny: Bundle, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """The tiny network as a whole model folder; its card is not what is tested here."""
    monkeypatch.setattr(service, "card_text", lambda bundle: f"# {bundle.name}\n")
    assert tiny.folder is not None
    whole = replace(tiny, weights_sha256=file_sha256(tiny.folder / WEIGHTS))
    write_bundle(whole, tiny.folder)
    return whole


@pytest.fixture
def folder(model: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("out") / "published"
    done = publish(model, target, PIXELS)
    assert len(done.statements) == 2
    assert all("on 3 of 3 photos" in statement for statement in done.statements)
    return target


def test_everything_is_there_and_readable(folder: Path, model: Bundle) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert config["label_names"] == ["Panthera leo", "Panthera onca"]
    assert config["pretrained_cfg"]["license"] == "CC0"
    assert config["pretrained_cfg"]["crop_mode"] == "squash"
    found = read_timm(folder, None)  # as `models add` reads it
    assert (found.labels, found.preprocessing) == (("Panthera leo", "Panthera onca"), model.preprocessing)
    head = (folder / "README.md").read_text("utf-8").split("---")[1]
    assert yaml.safe_load(head)["license_name"] == "CC0"
    assert (folder / "model.txt").read_text("utf-8") == "Panthera leo\nPanthera onca\n"
    assert file_sha256(folder / "fieldmark" / WEIGHTS) == model.weights_sha256


def test_addaxai_gets_our_answers(folder: Path, model: Bundle) -> None:
    spec = importlib.util.spec_from_file_location("inference", folder / "addaxai" / "inference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    theirs = module.ModelInference(folder / "addaxai", folder / "addaxai" / "model.onnx")
    theirs.load_model()
    assert theirs.get_class_names() == {"1": "Panthera leo", "2": "Panthera onca"}
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8))
    assert theirs.get_crop(image, (0.25, 0.25, 0.5, 0.5)).size == (72, 54)
    assert theirs.get_crop(image, (0.9, 0.9, 0.1, 0.1)).size == (13, 10)
    for how in ("squash", "crop"):
        preprocessing = replace(model.preprocessing, fit=how, crop_share=0.9)
        theirs.description["preprocessing"] |= {"fit": how, "crop_share": 0.9}
        ours = to_array(fit(image, preprocessing), preprocessing)
        assert theirs.get_tensor(image) == pytest.approx(ours, abs=1e-6)
    found = theirs.get_classification(image)
    assert [name for name, _ in found] == ["Panthera leo", "Panthera onca"]
    assert sum(p for _, p in found) == pytest.approx(1)
    rows = list(csv.DictReader((folder / "addaxai" / "taxonomy.csv").read_text("utf-8").splitlines()))
    assert [(row["model_class"], row["genus"], row["species"]) for row in rows] == [
        ("Panthera leo", "panthera", "leo"),
        ("Panthera onca", "panthera", "onca"),
    ]
    manifest = json.loads((folder / "addaxai" / "manifest.json").read_text("utf-8"))
    assert (manifest["type"], manifest["model_fname"]) == ("classification", "model.onnx")


def test_without_onnx_the_rest_is_written_and_it_says_so(
    model: Bundle, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    target = tmp_path_factory.mktemp("out") / "published"
    done = publish(model, target, PIXELS)
    assert "no ONNX file" in done.statements[-1]
    assert "pip install" in (target / "README.md").read_text("utf-8")
    assert not (target / "model.onnx").exists()
    assert not (target / "addaxai").exists()


def test_a_folder_is_whole_or_not_there(
    model: Bundle, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tmp_path_factory.mktemp("out")
    (base / "full").mkdir()
    (base / "full" / "mine.txt").write_text("mine")
    with pytest.raises(BundleError, match="not empty"):
        publish(model, base / "full", PIXELS)

    def no_space(*args: object) -> str:
        raise OSError("no space left")

    monkeypatch.setattr(service, "readme", no_space)
    with pytest.raises(OSError, match="no space"):
        publish(model, base / "half", PIXELS)
    assert {path.name for path in base.iterdir()} == {"full"}


def test_the_command_publishes_the_shipped_model_and_pushes_only_when_told(
    tmp_path: Path, monkeypatch
) -> None:
    pushed = []
    monkeypatch.setattr("core.model.hub.push_folder", lambda *args: pushed.append(args) or "address")
    monkeypatch.setenv("FIELDMARK_DATA", str(tmp_path / "data"))
    monkeypatch.setitem(
        sys.modules, "onnxscript", None
    )  # the tiny network writes ONNX above; this one takes long
    done = CliRunner().invoke(app, ["publish", str(tmp_path / "out")], catch_exceptions=False)
    assert done.exit_code == 0
    same, other, _ = done.stdout.splitlines()[1:]
    assert "same first class on 8 of 8" in same
    assert "Without that line" in other
    assert (
        float(same.split("difference ")[1].split(",")[0])
        < 1e-4
        < float(other.split("difference ")[1].split(",")[0])
    )
    assert pushed == []
    done = CliRunner().invoke(app, ["publish", str(tmp_path / "again"), "--push", "me/model"])
    assert pushed == [(tmp_path / "again", "me/model")]
    assert "pushed: address" in done.stdout
