"""A network of ours in the forms of others: a timm folder, an ONNX file; with what is lost on the way, measured."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import nn

from core.errors import BundleError
from core.model.backbones import create_backbone, load_timm_folder, set_classifier, write_timm_folder
from core.model.bundle import Bundle, Preprocessing
from core.model.network import Network
from core.model.onnx_classifier import open_session
from core.model.torch_classifier import TorchClassifier
from core.model.tree_head import FoldedHead

LINEAR_STEM = "linear_stem"  # an option of ours that timm has no word for
STEM_LINE = "model.blocks[0][0].bn1.act = torch.nn.Identity()"
_ONNX_ADVICE = "writing ONNX needs onnxscript and onnxruntime: pip install -r requirements-extra.txt"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How another form answers the same photos as ours, before any calibration.

    Attributes:
        largest: Largest difference between two logits.
        same_first: Share of photos whose likeliest class is the same.
    """

    photos: int
    largest: float
    same_first: float


def network_of(bundle: Bundle) -> Network:
    """Return the network as it is served, on the CPU.

    Raises:
        BundleError: It is not one of our own, which others can have from where they are from.
    """
    if bundle.runtime != "timm" or bundle.outputs:
        raise BundleError(f"{bundle.name} was made by others; publish it where it came from")
    return TorchClassifier(bundle, device="cpu").network


@dataclass(frozen=True, slots=True, eq=False)
class FlatHead:
    """A last layer as two steps: features are brought to zero and one, and a matrix makes logits of them.

    Attributes:
        weight: Shape `(k, d)`, the mean of the experts; bias: shape `(k,)`.
        centre, spread: Shape `(d,)`.
        cosine: Features are brought to length one in between.
    """

    weight: torch.Tensor
    bias: torch.Tensor
    centre: torch.Tensor
    spread: torch.Tensor
    cosine: bool


def flat_head(network: Network) -> FlatHead | None:
    """Return the head in two steps, `None` if it has adapters: they have a kink.

    The sum over a lineage and the mean over experts are linear.
    """
    head = network.head
    if head is None:
        layer = network.backbone.get_classifier()  # type: ignore[operator]
        if not isinstance(layer, nn.Linear):
            return None
        width = layer.weight.shape[1]
        return FlatHead(layer.weight, layer.bias, torch.zeros(width), torch.ones(width), cosine=False)
    if not isinstance(head, FoldedHead):
        return None
    experts, classes = head.bias.shape
    weight = head.weight.double().view(-1, experts, classes).mean(dim=1).T
    bias = head.bias.double().mean(dim=0)
    return FlatHead(weight.float(), bias.float(), head.centre, head.spread, cosine=head.cosine)


def linear_head(network: Network) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Return weight `(k, d)` and bias `(k,)` that answer like the mean of the experts, `None` if no linear layer can."""
    head = flat_head(network)
    if head is None or head.cosine:
        return None
    weight = head.weight.double() / head.spread.double()
    return weight.float(), (head.bias.double() - weight @ head.centre.double()).float()


def write_timm(
    bundle: Bundle, network: Network, folder: Path, labels: Sequence[str], names: dict[str, str]
) -> bool:
    """Write `config.json` and `model.safetensors` for `timm.create_model("local-dir:...")`.

    Args:
        labels: A name for each output.
        names: What labels are called in English.

    Returns:
        Whether its last layer gives the logits of our classes; if not, timm gets the backbone alone.
    """
    linear = linear_head(network)
    classes = len(bundle.classes) if linear else 0
    plain = create_backbone(bundle.architecture, classes, bundle.options)
    body = {k: v for k, v in network.backbone.state_dict().items()}
    if linear:
        set_classifier(plain, body, *linear)
    plain.load_state_dict(body, strict=True)
    spec = bundle.preprocessing
    write_timm_folder(
        plain, folder, labels if linear else (), names if linear else {},
        options={key: value for key, value in bundle.options.items() if key != LINEAR_STEM},
        data=_data_config(spec), licence=bundle.licence,
    )  # fmt: skip
    return linear is not None


def timm_agreement(
    network: Network, folder: Path, pixels: NDArray[np.float32], *, whole: bool, linear_stem: bool
) -> Agreement:
    """Load the folder as people would and compare.

    Args:
        pixels: Shape `(n, 3, size, size)`, preprocessed.
        whole: Compare logits; else features, of a folder without the last layer.
        linear_stem: Also do what `STEM_LINE` does.
    """
    loaded = load_timm_folder(folder, linear_stem=linear_stem).eval()
    images = torch.from_numpy(pixels)
    with torch.inference_mode():
        ours = _Mean(network)(images) if whole else network.features(images)
        return _compare(ours.numpy(), loaded(images).numpy())


def write_plain(bundle: Bundle, network: Network, folder: Path) -> dict[str, object]:
    """Write `model.safetensors`: the network without its last layer under `backbone.`, the last layer under `head.`.

    Returns:
        What else is needed to build the network again with timm alone.

    Raises:
        BundleError: Its head has adapters, which only Fieldmark can build.
    """
    head = flat_head(network)
    if head is None:
        raise BundleError("its head has features of its own for every rank, which only Fieldmark can compute")
    plain = create_backbone(bundle.architecture, 0, bundle.options)
    body = network.backbone.state_dict()
    weights = {f"backbone.{name}": body[name] for name in plain.state_dict()}
    weights |= {f"head.{name}": getattr(head, name) for name in ("weight", "bias", "centre", "spread")}
    save_file(
        {name: value.detach().contiguous() for name, value in weights.items()}, folder / "model.safetensors"
    )
    options = {key: value for key, value in bundle.options.items() if key != LINEAR_STEM}
    return {
        "architecture": bundle.architecture, "options": options, "cosine": head.cosine,
        "linear_stem": bool(bundle.options.get(LINEAR_STEM)),
    }  # fmt: skip


def logits_agreement(
    network: Network,
    logits: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    pixels: NDArray[np.float32],
) -> Agreement:
    """Compare our logits with those that another program computes from `pixels` `(n, 3, size, size)`."""
    with torch.inference_mode():
        return _compare(_Mean(network)(torch.from_numpy(pixels)).numpy(), logits(pixels))


def write_onnx(network: Network, path: Path, size: int) -> None:
    """Write the whole network: `pixels` `(n, 3, size, size)` to `logits` `(n, k)`, the mean of the experts.

    Raises:
        BundleError: The libraries for it are missing, or the network cannot be written so.
    """
    example = (torch.zeros(2, 3, size, size),)
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise BundleError(_ONNX_ADVICE) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter, about itself
            torch.onnx.export(
                _Mean(network).eval(), example, str(path), input_names=["pixels"], output_names=["logits"],
                dynamic_shapes=({0: torch.export.Dim("n")},), dynamo=True, external_data=False, verbose=False,
            )  # fmt: skip
    except Exception as error:  # every network can fail in ways of its own
        raise BundleError(f"this network cannot be written as ONNX: {str(error).splitlines()[0]}") from error


def onnx_agreement(network: Network, path: Path, pixels: NDArray[np.float32]) -> Agreement:
    """Ask onnxruntime and compare.

    Raises:
        BundleError: onnxruntime is not installed.
    """
    session = open_session(path)
    return logits_agreement(
        network, lambda given: np.asarray(session.run(["logits"], {"pixels": given})[0]), pixels
    )


class _Mean(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.network(pixels).mean(dim=1)  # type: ignore[no-any-return]


def _compare(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> Agreement:
    same = np.mean(ours.argmax(axis=1) == theirs.argmax(axis=1))
    return Agreement(len(ours), float(np.abs(ours - theirs).max()), float(same))


def _data_config(spec: Preprocessing) -> dict[str, object]:
    return {
        "input_size": (3, spec.size, spec.size), "interpolation": spec.interpolation, "mean": spec.mean,
        "std": spec.std, "crop_pct": spec.crop_share, "crop_mode": "squash" if spec.fit == "squash" else "center",
    }  # fmt: skip
