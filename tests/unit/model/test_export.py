"""A network of ours, as others load it."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.errors import BundleError
from core.model import Bundle, export
from core.model.bundle import WEIGHTS
from core.model.network import create_network
from core.model.tree_head import EXPERTS, HeadSpec, TreeHead
from tests.unit.model.test_torch_classifier import noise, tiny

__all__ = ["tiny"]
PIXELS = np.stack(noise(3))
LABELS = ["Panthera leo", "Panthera onca"]


def with_head(bundle: Bundle, spec: HeadSpec) -> Bundle:
    """Give the tiny network a head with numbers that make a difference."""
    made = replace(bundle, head=spec.to_record())
    assert made.folder is not None
    network = create_network(made.architecture, {}, made.head, made.classes, made.taxonomy)
    head = network.head
    assert isinstance(head, TreeHead)
    torch.manual_seed(1)
    with torch.no_grad():
        head.standardise(torch.randn(50, len(head.centre)) * 3 + 1)
        head.bias.normal_()
        head.scale.uniform_(0.5, 2)
    save_file(network.state_dict(), made.folder / WEIGHTS)
    return made


@pytest.mark.parametrize(
    "head", [None, HeadSpec(cosine=False), HeadSpec(EXPERTS[:1], cosine=False, shared=False)]
)
def test_timm_gives_the_same_logits(tiny: Bundle, head: HeadSpec | None, tmp_path: Path) -> None:
    bundle = tiny if head is None else with_head(tiny, head)
    network = export.network_of(bundle)
    assert export.write_timm(bundle, network, tmp_path / "out", LABELS, {"Panthera leo": "Lion"})
    found = export.timm_agreement(network, tmp_path / "out", PIXELS, whole=True, linear_stem=False)
    assert found.largest < 1e-4
    assert (found.photos, found.same_first) == (3, 1.0)


@pytest.mark.parametrize("head", [HeadSpec(cosine=True), HeadSpec(width=8, cosine=False)])
def test_a_head_that_is_not_linear_stays_behind(tiny: Bundle, head: HeadSpec, tmp_path: Path) -> None:
    bundle = with_head(tiny, head)
    network = export.network_of(bundle)
    assert not export.write_timm(bundle, network, tmp_path / "out", LABELS, {})
    found = export.timm_agreement(network, tmp_path / "out", PIXELS, whole=False, linear_stem=False)
    assert found.largest < 1e-4


def test_other_weights_are_noticed(tiny: Bundle, tmp_path: Path) -> None:
    network = export.network_of(tiny)
    export.write_timm(tiny, network, tmp_path / "out", LABELS, {})
    with torch.no_grad():
        network.backbone.get_classifier().bias += torch.tensor([0.0, 5.0])
    found = export.timm_agreement(network, tmp_path / "out", PIXELS, whole=True, linear_stem=False)
    assert found.largest == pytest.approx(5, abs=1e-3)


def test_the_onnx_file_gives_the_same_logits_for_any_number_of_photos(tiny: Bundle, tmp_path: Path) -> None:
    bundle = with_head(tiny, HeadSpec(cosine=True))  # what timm cannot have
    network = export.network_of(bundle)
    export.write_onnx(network, tmp_path / "m.onnx", 32)
    for count in (1, 3):
        found = export.onnx_agreement(network, tmp_path / "m.onnx", PIXELS[:count])
        assert found.largest < 1e-4


def test_a_missing_library_is_named(tiny: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(BundleError, match=r"onnxscript .*pip install"):
        export.write_onnx(export.network_of(tiny), tmp_path / "m.onnx", 32)


def test_models_of_others_are_not_ours_to_publish(tiny: Bundle) -> None:
    for other in (replace(tiny, runtime="onnx"), replace(tiny, outputs=tiny.classes)):
        with pytest.raises(BundleError, match="publish it where it came from"):
            export.network_of(other)
