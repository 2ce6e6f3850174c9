"""The one place that mends a CPU torch beside a CUDA torchvision."""

import subprocess
import sys

import pytest
import torch

from core.model import torchvision_pair


@pytest.mark.parametrize(
    ("torch_cuda", "build", "mismatched"),
    [
        (None, "0.28.0+cu130", True),
        (None, "0.28.0+cpu", False),
        (None, "0.28.0", False),
        ("13.0", "0.28.0+cu130", False),
        (None, None, False),
    ],
)
def test_only_a_cpu_torch_beside_a_cuda_torchvision_is_a_mismatch(
    torch_cuda: str | None, build: str | None, mismatched: bool
) -> None:
    assert torchvision_pair.is_mismatched(torch_cuda, build) is mismatched


def test_a_cuda_torch_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: object) -> None:
        raise AssertionError("an operator was defined beside a matching pair")

    monkeypatch.setattr(torchvision_pair, "_library", None)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.library, "Library", forbidden)
    assert torchvision_pair.mend() is False


def test_a_mismatch_is_mended_once(monkeypatch: pytest.MonkeyPatch) -> None:
    defined: list[str] = []

    class Library:
        def __init__(self, namespace: str, kind: str) -> None:
            assert (namespace, kind) == ("torchvision", "FRAGMENT")

        def define(self, schema: str) -> None:
            defined.append(schema.split("(")[0])

    monkeypatch.setattr(torchvision_pair, "_library", None)
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.library, "Library", Library)
    monkeypatch.setattr(torchvision_pair, "torchvision_build", lambda: "0.28.0+cu130")
    assert torchvision_pair.mend() is True
    assert torchvision_pair.mend() is False
    assert defined == ["nms", "qnms"]


def test_this_installation_can_make_a_network() -> None:
    code = "from core.model.backbones import create_backbone; create_backbone('mobilenetv3_small_050', 3)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_build_version_is_read_without_importing() -> None:
    code = "import sys; from core.model import torchvision_pair as p; print(p.torchvision_build(), 'torchvision' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("0.28.")
    assert done.stdout.endswith("False\n")
