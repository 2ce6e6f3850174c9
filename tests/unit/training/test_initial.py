"""What training starts from."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.decision import Calibration
from core.errors import TrainingError
from core.model import Bundle, write_bundle
from core.model.backbones import create_backbone
from core.model.bundle import WEIGHTS, file_sha256
from core.model.network import Network, create_network
from core.model.tree_head import HeadSpec
from core.taxonomy import BLANK
from core.training.initial import continue_model, head_of, load_backbone, weights_file
from core.training.task import Task
from tests.unit.training.conftest import ARCHITECTURE


def test_the_backbone_is_taken_and_the_old_classifier_left(network: Network, init: Path) -> None:
    load_backbone(network, init)
    weights = load_file(init)
    assert torch.equal(network.backbone.state_dict()["conv_stem.weight"], weights["conv_stem.weight"])


def test_weights_that_do_not_fit_are_refused_whole(network: Network, init: Path, tmp_path: Path) -> None:
    before = {name: value.clone() for name, value in network.backbone.state_dict().items()}
    weights = load_file(init)
    bad = {
        "lacks": {name: value for name, value in weights.items() if name != "conv_stem.weight"},
        "also holds": {**weights, "extra.weight": torch.zeros(1)},
        "has other shapes of": {**weights, "conv_stem.weight": torch.zeros(2, 3, 3, 3)},
    }
    for complaint, tensors in bad.items():
        save_file(tensors, tmp_path / "bad.safetensors")
        with pytest.raises(TrainingError, match=complaint):
            load_backbone(network, tmp_path / "bad.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(init.read_bytes()[:1000])
    with pytest.raises(TrainingError, match="no safetensors file"):
        load_backbone(network, tmp_path / "cut.safetensors")
    assert all(torch.equal(before[name], value) for name, value in network.backbone.state_dict().items())


def test_what_fieldmark_stored_can_be_a_start(network: Network, tmp_path: Path, task: Task) -> None:
    save_file(network.stored_weights(), tmp_path / "own.safetensors")
    other = create_network(ARCHITECTURE, {}, HeadSpec().to_record(), task.classes, task.taxonomy)
    load_backbone(other, tmp_path / "own.safetensors")
    for one, two in zip(other.backbone.parameters(), network.backbone.parameters(), strict=True):
        torch.testing.assert_close(one, two, atol=1e-3, rtol=1e-2)


@pytest.fixture
def old(task: Task, tmp_path: Path) -> Bundle:
    """A model of one linear layer that does not know leopards."""
    classes = ("equus-quagga", "panthera-leo", BLANK)
    torch.manual_seed(1)
    save_file(create_backbone(ARCHITECTURE, 3).state_dict(), tmp_path / WEIGHTS)
    bundle = Bundle(
        name="Old", version="1", architecture=ARCHITECTURE, options={}, preprocessing=task.spec, classes=classes,
        taxonomy=task.taxonomy.subtree(classes[:2]), calibration=Calibration(0.5, 0.7, 1, 0.0),
        weights_sha256=file_sha256(tmp_path / WEIGHTS), licence="CC0", folder=tmp_path,
    )  # fmt: skip
    write_bundle(bundle, tmp_path)
    return bundle


def test_a_model_goes_on_with_what_it_knew(old: Bundle, task: Task) -> None:
    assert old.folder is not None
    record = HeadSpec(cosine=False).to_record()
    network = create_network(ARCHITECTURE, {}, record, task.classes, task.taxonomy).eval()
    assert continue_model(network, task, old.folder)
    plain = create_backbone(ARCHITECTURE, 3)
    plain.load_state_dict(load_file(old.folder / WEIGHTS))
    images = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        expected = plain.eval()(images) / 0.5
        shifted = network(images) + task.offsets(network.experts)
    for expert in range(3):
        for column, name in enumerate(old.classes):
            found = shifted[:, expert, task.classes.index(name)]
            torch.testing.assert_close(found, expected[:, column], atol=1e-4, rtol=1e-4)
    assert weights_file(old.folder) == old.weights_path


def test_other_starts_are_left_to_the_caller(network: Network, init: Path, old: Bundle, task: Task) -> None:
    assert not continue_model(network, task, init)
    assert old.folder is not None
    assert not continue_model(network, task, old.folder)  # this head compares directions
    assert weights_file(init) == init


def test_a_model_with_a_tree_head_goes_on_where_it_stopped(old: Bundle, task: Task, tmp_path: Path) -> None:
    spec = HeadSpec(cosine=False)
    first = create_network(ARCHITECTURE, {}, spec.to_record(), task.classes, task.taxonomy).eval()
    folder = tmp_path / "tree"
    folder.mkdir()
    save_file(first.stored_weights(), folder / WEIGHTS)
    bundle = replace(
        old, head=spec.to_record(), classes=task.classes, taxonomy=task.taxonomy, folder=folder,
        weights_sha256=file_sha256(folder / WEIGHTS),
    )  # fmt: skip
    write_bundle(bundle, folder)
    assert head_of(folder) == spec
    assert head_of(folder / WEIGHTS) is None
    second = create_network(ARCHITECTURE, {}, spec.to_record(), task.classes, task.taxonomy).eval()
    assert continue_model(second, task, folder)
    images = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(
            second(images), first(images), atol=2e-2, rtol=2e-2
        )  # stored as half floats
