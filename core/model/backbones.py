"""Networks from timm; the only module that imports it."""

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import nn

from core.errors import BundleError
from core.model import torchvision_pair

torchvision_pair.mend()

import timm  # noqa: E402  (after the pair is mended)

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


def place(network: nn.Module, device: str | torch.device) -> nn.Module:
    """Move a network to a device, in the memory layout that convolutions are fastest in."""
    return network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def pooled_features(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Return what the classifier layer would see: `(n, 3, h, w)` to `(n, d)`."""
    timm_network = cast(Any, network)
    return cast(
        torch.Tensor, timm_network.forward_head(timm_network.forward_features(images), pre_logits=True)
    )


def classify_features(network: nn.Module, features: torch.Tensor) -> torch.Tensor:
    """Return logits `(n, k)` of pooled features `(n, d)`."""
    return cast(torch.Tensor, cast(Any, network).get_classifier()(features))


def head_of(network: nn.Module) -> nn.Linear:
    """Return the last layer.

    Raises:
        BundleError: The network does not end in one linear layer.
    """
    head = cast(Any, network).get_classifier()
    if not isinstance(head, nn.Linear):
        raise BundleError(f"the network ends in {type(head).__name__}, not in a linear layer")
    return head
