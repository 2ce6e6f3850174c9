"""A model of other people becomes a model folder."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.add import AddedModel, add_model
from core.answering import distribute
from core.decision import decide, log_likelihoods
from core.errors import BundleError
from core.model import Classifier, read_bundle
from core.model.backbones import create_backbone
from core.model.bundle import DESCRIPTION, WEIGHTS, file_sha256
from core.model.loading import load_classifier
from core.model.registry import installed
from core.settings import BUNDLED_MODELS, Settings
from core.species import load_cards, load_taxonomy
from core.taxonomy import BLANK, OTHER, Taxonomy
from tests.unit.model.foreign import LABELS, clip_folder, timm_folder, wrapper_folder


def catalogue() -> Taxonomy:
    folder = Settings(_env_file=None).species_info
    return load_taxonomy(load_cards(folder), folder)


def install(source: str, into: Path, **options) -> AddedModel:
    return add_model(source, catalogue(), into, **options)


def add(source: str, into: Path, **options) -> Classifier:
    return load_classifier(install(source, into, **options).bundle)


def test_a_timm_model_answers_through_the_same_seam(tmp_path: Path) -> None:
    folder = timm_folder(tmp_path / "lions")
    classifier = add(str(folder), tmp_path / "models")
    bundle = read_bundle(tmp_path / "models" / "lions")
    assert bundle.outputs == ("panthera-leo", "vulpes-vulpes", OTHER, "bos-taurus", "felidae", BLANK)
    pixels = np.random.default_rng(0).normal(0, 1, (2, 3, 160, 160)).astype(np.float32)
    network = create_backbone("test_vit", len(LABELS), {"img_size": 160}).eval()
    network.load_state_dict(load_file(folder / "model.safetensors"))
    with torch.inference_mode():
        raw = network(torch.from_numpy(pixels)).softmax(dim=1).numpy()
    found = distribute(log_likelihoods(classifier.predict(list(pixels)).logits, bundle.calibration), bundle)
    for row, one in enumerate(found):
        assert one.flags[BLANK] == pytest.approx(raw[row, 5], abs=1e-4)
        assert one.flags[OTHER] == pytest.approx(raw[row, 2], abs=1e-4)
        assert one.probability("bos-taurus") == pytest.approx(raw[row, 3], abs=1e-4)
        assert one.probability("felidae") == pytest.approx(raw[row, 0] + raw[row, 4], abs=1e-4)
        assert decide(one, target=0.65).outcome


def test_it_says_what_did_not_match_and_keeps_the_list(tmp_path: Path) -> None:
    added = install(str(timm_folder(tmp_path / "lions")), tmp_path / "models", name="mine")
    assert added.unmatched == ("table lamp",)
    with (tmp_path / "models" / "mine" / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == LABELS
    assert rows[2] == {"label": "table lamp", "taxon": "", "found_by": "no match"}
    card = (tmp_path / "models" / "mine" / "README.md").read_text(encoding="utf-8")
    assert "5 of its 6 labels" in card
    assert "not calibrated" in card
    assert added.bundle.calibration.n == 0


def test_a_non_commercial_licence_is_said(tmp_path: Path) -> None:
    cfg = {"input_size": [3, 160, 160], "license": "cc-by-nc-4.0"}
    added = install(str(timm_folder(tmp_path / "nc", pretrained_cfg=cfg)), tmp_path / "models")
    assert added.bundle.licence.startswith("cc-by-nc-4.0. Its licence allows no commercial use")


def test_transformers_form_scores_alike(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).normal(0, 1, (3, 160, 160)).astype(np.float32)
    one = add(str(timm_folder(tmp_path / "a")), tmp_path / "models")
    other = add(str(wrapper_folder(tmp_path / "b")), tmp_path / "models")
    np.testing.assert_allclose(one.predict([pixels]).logits, other.predict([pixels]).logits, atol=1e-6)


def test_zero_shot_knows_the_taxa_that_are_named(tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    pardinus = "1_Animalia_Chordata_Mammalia_Carnivora_Felidae_Lynx_pardinus"
    names.write_text(f"Lion\nVulpes vulpes\nsome thing\n{pardinus}\n", encoding="utf-8")
    seen: list[str] = []
    added = install(
        str(clip_folder(tmp_path / "clip")),
        tmp_path / "models",
        labels=names,
        on_progress=lambda what, done, total: seen.append(what),
    )
    assert set(added.bundle.classes) == {"panthera-leo", "vulpes-vulpes", "lynx-pardinus"}
    assert added.unmatched == ("some thing",)
    assert added.bundle.licence == "mit"
    assert "reading names" in seen
    assert added.bundle.taxonomy.get("lynx-pardinus").parent == "lynx"


def test_a_model_of_fieldmark_is_copied_whole(tmp_path: Path) -> None:
    added = install(str(BUNDLED_MODELS / "fieldmark-2"), tmp_path / "models", name="theirs")
    assert added.matches == ()
    assert added.bundle.weights_sha256 == read_bundle(BUNDLED_MODELS / "fieldmark-2").weights_sha256


def forged(tmp_path: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> Path:
    """A folder of somebody else whose hashes agree, with other weights in it."""
    folder = tmp_path / "theirs"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-1", folder)
    save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS)
    record = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    record["weights_sha256"] = file_sha256(folder / WEIGHTS)
    (folder / DESCRIPTION).write_text(json.dumps(record), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: dict(list(weights.items())[:-1]), "does not fit"),
        (lambda weights: {name: value * float("nan") if value.is_floating_point() else value for name, value in weights.items()},
         "values that are not numbers"),
    ],
)  # fmt: skip
def test_a_model_of_somebody_else_is_tried_before_it_is_listed(tmp_path: Path, change, message: str) -> None:
    folder = forged(tmp_path, change)
    read_bundle(folder)  # its hashes agree, so only a try can tell
    with pytest.raises(BundleError, match=message):
        install(str(folder), tmp_path / "models")
    assert installed(tmp_path / "models") == ()
    assert list((tmp_path / "models").iterdir()) == []


def test_only_what_a_model_consists_of_is_copied(tmp_path: Path) -> None:
    folder = forged(tmp_path, lambda weights: weights)
    (folder / "secrets.txt").symlink_to("/etc/hostname")
    (folder / "run.py").write_text("print('hello')")
    install(str(folder), tmp_path / "models")
    found = {path.name for path in (tmp_path / "models" / "theirs").iterdir()}
    assert found == {path.name for path in (BUNDLED_MODELS / "fieldmark-1").iterdir()}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["x1", "x2", "x3", "x4", "x5", "x6"], "none of the 6 labels of .* is a species"),
        (["empty"] * 6, "none of the 6 labels"),
    ],
)
def test_a_model_of_other_things_is_refused(tmp_path: Path, labels: list[str], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        install(str(timm_folder(tmp_path / "m", labels)), tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []  # nothing half-made is left


def test_weights_that_do_not_fit_are_refused_before_they_are_installed(tmp_path: Path) -> None:
    folder = timm_folder(tmp_path / "m", architecture="test_resnet")
    with pytest.raises(BundleError, match=r"does not fit test_resnet|timm cannot create"):
        install(str(folder), tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    folder = timm_folder(tmp_path / "m")
    install(str(folder), tmp_path / "models")
    with pytest.raises(BundleError, match=r"there is a model 'm' already; .*--name"):
        install(str(folder), tmp_path / "models")


def test_a_tampered_list_of_outputs_is_noticed(tmp_path: Path) -> None:
    install(str(timm_folder(tmp_path / "m")), tmp_path / "models")
    path = tmp_path / "models" / "m" / "model.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["outputs"][0] = "unicorn"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(BundleError, match="outputs of unknown taxa: unicorn"):
        read_bundle(path.parent)
    shutil.rmtree(path.parent)
