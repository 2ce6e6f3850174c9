"""Networks from timm; the only module that imports it."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import nn

from core.errors import BundleError
from core.model import torchvision_pair

torchvision_pair.mend()

import timm  # noqa: E402  (after the pair is mended)
from timm.models import group_parameters, save_for_hf  # noqa: E402

N = TypeVar("N", bound=nn.Module)
_FETCHING = ("pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir")


def create_backbone(
    architecture: str, num_classes: int, options: Mapping[str, Any] | None = None
) -> nn.Module:
    """Create a timm network without weights; nothing is downloaded and no file is read.

    Args:
        architecture: A timm name such as `"mobilenet_edgetpu_100"`.
        num_classes: Outputs of its last layer; 0 for pooled features.
        options: Passed to timm, except `linear_stem`: the reference MobileNet-EdgeTPU has no
            activation after its first stage where timm puts a ReLU, which costs 10 points of
            ImageNet accuracy with reference weights.

    Raises:
        BundleError: timm has no such network or refuses the options.
    """
    kwargs = dict(options or {})
    linear_stem = kwargs.pop("linear_stem", False)
    if not timm.is_model(architecture):  # "hf-hub:..." and "local-dir:..." are no models here
        raise BundleError(f"timm cannot create {architecture!r}: it has no such network")
    if refused := [name for name in _FETCHING if name in kwargs]:
        raise BundleError(f"timm cannot create {architecture!r}: the option {refused[0]!r} is not allowed")
    try:
        network = timm.create_model(architecture, num_classes=num_classes, **kwargs)
        if linear_stem:
            cast(Any, network).blocks[0][0].bn1.act = nn.Identity()
    except Exception as error:  # options come from a file, and timm fails on bad ones in many ways
        raise BundleError(
            f"timm cannot create {architecture!r} with {dict(options or {})}: {error}"
        ) from error
    return network


def place(network: N, device: str | torch.device) -> N:
    """Move a network to a device, in the memory layout that convolutions are fastest in."""
    return network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def pooled_features(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Return what the classifier layer would see: `(n, 3, h, w)` to `(n, d)`."""
    timm_network = cast(Any, network)
    return cast(
        torch.Tensor, timm_network.forward_head(timm_network.forward_features(images), pre_logits=True)
    )


@torch.inference_mode()
def feature_maps(network: nn.Module, images: torch.Tensor) -> torch.Tensor | None:
    """Return `(n, d, h, w)` before pooling, `None` for networks that have no such maps."""
    maps = cast(Any, network).forward_features(images)
    return maps if maps.ndim == 4 and maps.shape[1] == feature_width(network) else None


def classify_features(network: nn.Module, features: torch.Tensor) -> torch.Tensor:
    """Return logits `(n, k)` of pooled features `(n, d)`."""
    return cast(torch.Tensor, cast(Any, network).get_classifier()(features))


def feature_width(network: nn.Module) -> int:
    """Return `d`, the number of pooled features."""
    return int(cast(Any, network).head_hidden_size)


def depths(network: nn.Module) -> dict[str, int]:
    """Return how deep every parameter sits: 0 for the stem, one more for each stage; the head is deepest."""
    matcher = cast(Any, network).group_matcher(coarse=True)
    found: dict[str, int] = group_parameters(network, matcher, reverse=True)
    return {name: depth for name, depth in found.items() if name in dict(network.named_parameters())}


def cut(network: nn.Module, depth: int, size: int) -> tuple[nn.Module, nn.Module] | None:
    """Return the layers below `depth` and those from there on, as copies; `None` where a network cannot be cut.

    `forward_features` of the second, on what the first returns, is that of the whole. Networks that do more between
    their stages than to call them, such as transformers that add positions, cannot be cut.

    Args:
        depth: As in `depths`, above 0.
        size: Side of the network's input in pixels.
    """
    before, after = copy.deepcopy(network).eval(), copy.deepcopy(network).eval()
    reached = False
    for name, late in _stages(network, depths(network), depth):
        reached = reached or late
        (before if reached else after).set_submodule(name, nn.Identity())
    probe = torch.linspace(-1, 1, 3 * size * size).reshape(1, 3, size, size)
    try:
        with torch.inference_mode():
            whole = cast(Any, copy.deepcopy(network).eval()).forward_features(probe)
            parts = cast(Any, after).forward_features(cast(Any, before).forward_features(probe))
    except (RuntimeError, ValueError, TypeError):
        return None
    same = parts.shape == whole.shape and torch.allclose(parts, whole, rtol=1e-3, atol=1e-4)
    return (before, after) if same else None


def _stages(
    module: nn.Module, by_name: Mapping[str, int], depth: int, prefix: str = ""
) -> Iterator[tuple[str, bool]]:
    """Yield the largest parts that lie below `depth` or not, in order; parts without parameters lie where they stand."""
    for name, child in module.named_children():
        late = {by_name[f"{prefix}{name}.{own}"] >= depth for own, _ in child.named_parameters()}
        if len(late) == 2:
            yield from _stages(child, by_name, depth, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", True in late


def stage_maps(trunk: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Return what the first part of `cut` makes of images `(n, 3, h, w)`: maps `(n, c, h', w')`."""
    return cast(torch.Tensor, cast(Any, trunk).forward_features(images))


def set_classifier(
    network: nn.Module, weights: dict[str, torch.Tensor], weight: torch.Tensor, bias: torch.Tensor
) -> None:
    """Add the last layer to the weights of a network without one, under timm's name for it."""
    layer = cast(Any, network).get_classifier()
    name = next(name for name, module in network.named_modules() if module is layer)
    weights[f"{name}.weight"], weights[f"{name}.bias"] = weight.detach(), bias.detach()


def write_timm_folder(
    network: nn.Module,
    folder: Path,
    labels: Sequence[str],
    names: Mapping[str, str],
    *,
    options: Mapping[str, Any],
    data: Mapping[str, Any],
    licence: str,
) -> None:
    """Write what timm loads through `local-dir:` or from the hub: `config.json` and `model.safetensors`.

    Args:
        labels, names: A label for each output, and what labels are called in English.
        options: timm's own arguments of the network.
        data: timm's words for the preprocessing.
        licence: Of the weights; timm would put its own there.
    """
    described: dict[str, Any] = {"pretrained_cfg": {"license": licence}}
    if labels:
        described |= {"label_names": list(labels), "label_descriptions": dict(names)}
    save_for_hf(
        network, str(folder), model_config=described, model_args=dict(options), safe_serialization=True,
        data_config=dict(data),
    )  # fmt: skip


def load_timm_folder(folder: Path, *, linear_stem: bool = False) -> nn.Module:
    """Return the network of a folder as timm loads it; `linear_stem` as in `create_backbone`."""
    network = timm.create_model(f"local-dir:{folder}", pretrained=True)
    if linear_stem:
        cast(Any, network).blocks[0][0].bn1.act = nn.Identity()
    return network
