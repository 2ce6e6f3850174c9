"""Networks in the ONNX format."""

import builtins
from pathlib import Path

import numpy as np
import pytest

from core.errors import BundleError
from core.model.onnx_classifier import open_session, probe
from tests.unit.model.foreign import LABELS, onnx_file


def test_a_network_is_asked_how_it_wants_its_images(tmp_path: Path) -> None:
    asked = probe(onnx_file(tmp_path / "a.onnx"), 32)
    assert asked["outputs"] == len(LABELS)
    assert asked["options"] == {
        "input": "images",
        "output": "scores",
        "colours_last": False,
        "probabilities": False,
    }
    asked = probe(onnx_file(tmp_path / "b.onnx", colours_last=True, softmax=True), 32)
    assert asked["options"] == {
        "input": "images",
        "output": "chances",
        "colours_last": True,
        "probabilities": True,
    }


def test_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot look at an image of 64 pixels"):
        probe(onnx_file(tmp_path / "a.onnx"), 64)


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"nothing")
    with pytest.raises(BundleError, match="is no ONNX network"):
        open_session(tmp_path / "a.onnx")


def test_without_onnxruntime_the_message_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: object, **kwargs: object) -> object:
        if name == "onnxruntime":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(BundleError, match="pip install onnxruntime"):
        open_session(tmp_path / "a.onnx")


def test_colours_are_read_in_either_order(tmp_path: Path) -> None:
    from tests.unit.test_add import add

    names = tmp_path / "labels.txt"
    names.write_text("\n".join(LABELS), encoding="utf-8")
    pixels = np.random.default_rng(1).normal(0, 1, (3, 32, 32)).astype(np.float32)
    found = []
    for name, options in (("a", {}), ("b", {"colours_last": True}), ("c", {"softmax": True})):
        file = onnx_file(tmp_path / f"{name}.onnx", **options)
        found.append(add(str(file), tmp_path / "models", labels=names).predict([pixels, -pixels]))
    for one in found[1:]:
        np.testing.assert_allclose(one.logits, found[0].logits, atol=1e-4)
    assert found[0].embeddings.shape == (2, 0)
    assert found[0].logits[0] != pytest.approx(found[0].logits[1])
