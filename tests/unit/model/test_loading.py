"""From a bundle to something that scores photos."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import BundleError
from core.model.clip_classifier import ClipClassifier
from core.model.loading import load_classifier, try_model
from core.model.onnx_classifier import OnnxClassifier
from core.model.torch_classifier import TorchClassifier
from tests.unit.model.foreign import LABELS, clip_folder, onnx_file, timm_folder
from tests.unit.test_add import install


@pytest.mark.parametrize(
    ("make", "kind"),
    [(timm_folder, TorchClassifier), (clip_folder, ClipClassifier), (onnx_file, OnnxClassifier)],
)
def test_every_runtime_has_its_classifier(tmp_path: Path, make, kind: type) -> None:
    names = tmp_path / "labels.txt"
    names.write_text("\n".join(LABELS), encoding="utf-8")
    source = make(tmp_path / ("net.onnx" if make is onnx_file else "net"))
    bundle = install(str(source), tmp_path / "models", labels=names).bundle
    assert type(load_classifier(bundle)) is kind


def test_a_model_is_tried_with_noise(tmp_path: Path) -> None:
    bundle = install(str(timm_folder(tmp_path / "net")), tmp_path / "models").bundle
    try_model(bundle)
    with pytest.raises(BundleError, match="test_resnet"):
        try_model(replace(bundle, architecture="test_resnet"))
