"""A backbone and what follows it, built from a bundle's description."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from core.errors import BundleError
from core.model.backbones import classify_features, create_backbone, feature_width, pooled_features
from core.model.tree_head import EXPERTS, HeadSpec, TreeHead
from core.taxonomy import Taxonomy


class Network(nn.Module):
    """Images to pooled features, and features to the logits of one expert or more."""

    def __init__(self, backbone: nn.Module, head: nn.Module | None) -> None:
        """Join the two; without a `head`, the backbone's own last layer is the only expert."""
        super().__init__()
        self.backbone = backbone
        self.head = head

    @property
    def experts(self) -> tuple[str, ...]:
        """Names of the experts, in the order of their logits."""
        return self.head.spec.experts if isinstance(self.head, TreeHead) else EXPERTS[:1]

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return `(n, d)` of images `(n, 3, h, w)`."""
        return pooled_features(self.backbone, images)

    def scores(self, features: torch.Tensor) -> torch.Tensor:
        """Return logits `(n, e, k)` of features `(n, d)`."""
        if self.head is None:
            return classify_features(self.backbone, features)[:, None]
        scores: torch.Tensor = self.head(features)
        return scores

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits `(n, e, k)` of images `(n, 3, h, w)`."""
        return self.scores(self.features(images))

    def load_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Load what `stored_weights` returned.

        Raises:
            RuntimeError: Names or shapes differ.
        """
        (self.backbone if self.head is None else self).load_state_dict(dict(weights), strict=True)

    def stored_weights(self) -> dict[str, torch.Tensor]:
        """Return what a bundle stores: half precision except norms; half the size, the same answers."""
        module = self.backbone if self.head is None else self
        norms = {
            f"{name}.{key}"
            for name, part in module.named_modules()
            if isinstance(part, nn.modules.batchnorm._BatchNorm | nn.LayerNorm)
            for key in part.state_dict()
        }
        return {
            key: (value if key in norms or not value.is_floating_point() else value.half()).contiguous().cpu()
            for key, value in module.state_dict().items()
        }


def create_network(
    architecture: str,
    options: Mapping[str, Any],
    head: Mapping[str, Any],
    classes: Sequence[str],
    taxonomy: Taxonomy,
) -> Network:
    """Build a network without weights, on the CPU.

    Args:
        head: A bundle's `head`: empty for the backbone's own linear layer, or of kind `"tree"`.

    Raises:
        BundleError: timm or Fieldmark cannot build it.
    """
    if not head:
        return Network(create_backbone(architecture, len(classes), options), None)
    if head.get("kind") != "tree":
        raise BundleError(f"the model's head is of the unknown kind {head.get('kind')!r}")
    backbone = create_backbone(architecture, 0, options)
    width = feature_width(backbone)
    return Network(backbone, TreeHead(taxonomy, classes, width, HeadSpec.from_record(head)))
