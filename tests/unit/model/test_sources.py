"""Reading models of other people."""

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

from core.errors import BundleError
from core.model.sources import copy_timm_weights, label_list, read_clip, read_labels, read_onnx, read_timm
from tests.unit.evaluation.worlds import TREE
from tests.unit.model.foreign import LABELS, clip_folder, onnx_file, timm_folder, wrapper_folder


def test_a_timm_folder_says_everything(tmp_path: Path) -> None:
    found = read_timm(timm_folder(tmp_path / "m"), None)
    assert (found.runtime, found.architecture, found.labels) == ("timm", "test_vit", tuple(LABELS))
    spec = found.preprocessing
    assert (spec.size, spec.fit, spec.crop_share, spec.interpolation) == (160, "crop", 0.95, "bilinear")
    assert spec.std == (0.25, 0.25, 0.25)
    assert "num_classes" not in found.options
    assert found.options["global_pool"] == "token"


def test_transformers_wrapper_is_the_same_network(tmp_path: Path) -> None:
    plain, wrapped = (
        read_timm(timm_folder(tmp_path / "m"), None),
        read_timm(wrapper_folder(tmp_path / "w"), None),
    )
    assert wrapped.labels == plain.labels
    copy_timm_weights(wrapped, tmp_path / "w.safetensors")
    copy_timm_weights(plain, tmp_path / "p.safetensors")
    one, other = load_file(tmp_path / "w.safetensors"), load_file(tmp_path / "p.safetensors")
    assert one.keys() == other.keys()
    assert all((one[key] == other[key]).all() for key in one)


def test_labels_by_number_may_have_gaps(tmp_path: Path) -> None:
    found = read_timm(timm_folder(tmp_path / "m", {"0": "Panthera leo", "5": "empty"}), None)
    assert found.labels == ("Panthera leo", "output 1", "output 2", "output 3", "output 4", "empty")


@pytest.mark.parametrize("labels", [None, [], {str(i): f"LABEL_{i}" for i in range(6)}])
def test_a_model_without_labels_is_refused_with_what_to_do(tmp_path: Path, labels: object) -> None:
    folder = timm_folder(tmp_path / "m", labels)
    with pytest.raises(BundleError, match=r"does not say what its outputs mean .* --labels"):
        read_timm(folder, None)
    file = tmp_path / "labels.txt"
    file.write_text("\n".join(LABELS), encoding="utf-8")
    assert read_timm(folder, file).labels == tuple(LABELS)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"label_names": ["a", "b"]}, "names 2 outputs, but the network has 6"),
        ({"label_names": {"9": "a"}}, "label number 9 is not below 6"),
        ({"architecture": None, "model_type": "vit"}, "names no timm architecture .model_type 'vit'"),
        ({"pretrained_cfg": {"input_size": [3, 160, 200]}}, "must be a square"),
        ({"pretrained_cfg": {"input_size": [1, 160, 160]}}, "must be a square of three colours"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, config: dict, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        read_timm(timm_folder(tmp_path / "m", **config), None)


@pytest.mark.parametrize(
    ("text", "message"), [(None, "config.json is missing"), ("{", "cannot be read"), ("[]", "JSON object")]
)
def test_a_broken_configuration_is_named(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match=message):
        read_timm(tmp_path, None)


def test_onnx_labels_are_given_or_lie_beside(tmp_path: Path) -> None:
    file = onnx_file(tmp_path / "net.onnx")
    with pytest.raises(BundleError, match="does not say what its outputs mean"):
        read_onnx(file, None, None)
    (tmp_path / "net.txt").write_text("\n".join(LABELS), encoding="utf-8")
    found = read_onnx(file, None, None)
    assert (found.labels, found.preprocessing.size) == (tuple(LABELS), 32)
    (tmp_path / "net.txt").write_text("one\ntwo", encoding="utf-8")
    with pytest.raises(BundleError, match="names 2 outputs, but the network has 6"):
        read_onnx(file, None, None)


def test_clip_knows_all_species_or_those_that_are_named(tmp_path: Path) -> None:
    folder = clip_folder(tmp_path / "c")
    found = read_clip(folder, None, TREE)
    assert found.labels == tuple(leaf.scientific_name for leaf in TREE.leaves)
    assert (found.preprocessing.size, found.preprocessing.fit, found.preprocessing.mean) == (
        32,
        "crop",
        (0.5, 0.4, 0.3),
    )
    names = tmp_path / "names.txt"
    names.write_text("Genus0 s0\nGenus1\n", encoding="utf-8")
    assert read_clip(folder, names, TREE).labels == ("Genus0 s0", "Genus1")


@pytest.mark.parametrize(("text", "line"), [("", 1), ("a\n\nb", 2)])
def test_an_empty_line_is_no_label(tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "labels.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match=rf"line {line}: a label is missing"):
        read_labels(file)


def test_labels_may_be_json(tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    file.write_text(json.dumps({"1": "b", "0": "a"}), encoding="utf-8")
    assert read_labels(file) == ["a", "b"]
    with pytest.raises(ValueError, match="must be a list"):
        label_list("lion")
    with pytest.raises(BundleError, match="cannot be read as labels"):
        read_labels(tmp_path / "missing.txt")
