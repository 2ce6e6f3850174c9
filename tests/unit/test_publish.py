"""From a model folder to one that others load."""

import ast
import csv
import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

import core.publish as service
from core.__main__ import app
from core.errors import BundleError
from core.model import Bundle, export
from core.model.bundle import WEIGHTS, file_sha256, write_bundle
from core.model.preprocess import fit, to_array
from core.model.sources import read_timm
from core.model.tree_head import HeadSpec
from core.publish import publish
from tests.unit.model.test_export import PIXELS, with_head
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
    assert len(done.statements) == 3
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
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o644}, "others may read what is given to others"


def as_addaxai_does(folder: Path) -> Any:
    """Load a model pack as AddaxAI's worker does, after what its registration checks."""
    text = (folder / "inference.py").read_text("utf-8")
    tree = ast.parse(text, feature_version=(3, 8))  # the Python of AddaxAI's environment `pytorch`
    (found,) = (
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "ModelInference"
    )
    methods = {node.name for node in found.body if isinstance(node, ast.FunctionDef)}
    assert methods >= {"check_gpu", "load_model", "get_crop", "get_classification", "get_class_names"}
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    required = {
        "model_id",
        "friendly_name",
        "env",
        "model_fname",
        "description",
        "developer",
        "info_url",
        "min_app_version",
    }
    assert required <= set(manifest)
    assert manifest["env"] in ("addaxai-base", "pytorch"), "no other has torch on all three systems"
    weights = [
        path.name for path in folder.iterdir() if path.suffix in (".pt", ".pth", ".onnx", ".safetensors")
    ]
    assert weights == [manifest["model_fname"]], "with several weight files somebody has to choose"
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    spec = importlib.util.spec_from_file_location("inference", folder / "inference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    theirs = module.ModelInference(folder, folder / manifest["model_fname"])
    theirs.load_model()
    return theirs


def test_addaxai_gets_our_answers(folder: Path, model: Bundle) -> None:
    theirs = as_addaxai_does(folder / "addaxai")
    assert theirs.get_class_names() == {"1": "Panthera leo", "2": "Panthera onca"}
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8))
    assert theirs.get_crop(image, (0.0, 0.0, 1.0, 1.0)).size == (120, 90)
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
    assert (manifest["type"], manifest["full_image_cls"]) == ("classification", True)


def test_a_photo_on_its_side_is_turned_before_it_is_cut(folder: Path) -> None:
    theirs = as_addaxai_does(folder / "addaxai")
    image = Image.new("RGB", (120, 90), "red")
    image.getexif()[0x0112] = 6  # to be turned by 90 degrees
    assert theirs.get_crop(image, (0.0, 0.0, 1.0, 1.0)).size == (90, 120)


@pytest.mark.parametrize("head", [HeadSpec(cosine=True), HeadSpec(cosine=False)])
def test_a_head_that_compares_directions_reaches_addaxai_whole(
    model: Bundle, head: HeadSpec, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bundle = with_head(model, head)
    network = export.network_of(bundle)
    found = service.write_addaxai(bundle, network, tmp_path_factory.mktemp("x") / "addaxai", PIXELS)
    assert found.largest < 1e-4


def test_adapters_are_nothing_for_others(model: Bundle, tmp_path_factory: pytest.TempPathFactory) -> None:
    bundle = with_head(model, HeadSpec(width=8, cosine=False))
    done = publish(bundle, tmp_path_factory.mktemp("x") / "out", PIXELS)
    assert "nothing for AddaxAI: its head has features of its own" in done.statements[-1]
    assert not (done.folder / "addaxai").exists()


def test_without_onnx_the_rest_is_written_and_it_says_so(
    model: Bundle, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    target = tmp_path_factory.mktemp("out") / "published"
    done = publish(model, target, PIXELS)
    assert "no ONNX file" in done.statements[-2]
    assert "pip install" in (target / "README.md").read_text("utf-8")
    assert not (target / "model.onnx").exists()
    assert as_addaxai_does(target / "addaxai").get_class_names()


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
    same, other, _, addaxai = done.stdout.splitlines()[1:]
    assert "AddaxAI's form gives our logits" in addaxai
    assert "same first class on 8 of 8" in addaxai
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
