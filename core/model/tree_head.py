"""The last layer: every taxon is a vector, and a species is the sum of its lineage.

A species' logit is the sum of the potentials of all taxa on its path, so what "cats" have in common
is learnt from all cats. The softmax over leaves stays the only distribution: the probability of a
taxon is the sum over its leaves, whatever the head does (see methods of hierarchical residual
features in Chen et al., 2022, and of diverse experts in Zhang et al., 2022).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from core.errors import BundleError
from core.taxonomy import Taxonomy

EXPERTS = ("softmax", "balanced", "inverse")
LARGEST_SCALE = 30.0


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """How a tree head is built.

    Attributes:
        experts: One bank of vectors each; see `core.training.losses` for how they are trained.
        width: Of the features of every rank, which a rank shares with all coarser ones; 0 takes the
            backbone's features as they are.
        shared: Whether taxa above species have vectors; without, it is a flat softmax.
        cosine: Compare directions, with a learnt scale, or take plain products.
    """

    experts: tuple[str, ...] = EXPERTS
    width: int = 0
    shared: bool = True
    cosine: bool = True

    def to_record(self) -> dict[str, Any]:
        """Return the JSON form that a bundle keeps."""
        return {"kind": "tree", **asdict(self), "experts": list(self.experts)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "HeadSpec":
        """Read the JSON form.

        Raises:
            BundleError: It describes no tree head.
        """
        fields = {key: value for key, value in record.items() if key != "kind"}
        try:
            return cls(**{**fields, "experts": tuple(fields["experts"])})
        except (KeyError, TypeError) as error:
            raise BundleError(f"the model's head is not one that Fieldmark knows: {error!r}") from error


class TreeHead(nn.Module):
    """Features `(n, d)` to the logits of every expert `(n, e, k)`."""

    paths: torch.Tensor
    centre: torch.Tensor
    spread: torch.Tensor

    def __init__(self, taxonomy: Taxonomy, classes: Sequence[str], features: int, spec: HeadSpec) -> None:
        """Build the head with small random vectors.

        Args:
            classes: Leaves of `taxonomy` and labels of `FLAGS`, in the order of the outputs. A flag is
                a lone vector that reads the features of the coarsest rank.
            features: `d`.
        """
        super().__init__()
        self.spec = spec
        lineages = [
            [taxon.id for taxon in taxonomy.lineage(name)] if name in taxonomy else [name] for name in classes
        ]
        if not spec.shared:
            lineages = [lineage[-1:] for lineage in lineages]
        nodes = list(dict.fromkeys(node for lineage in lineages for node in lineage))
        ranks = [int(taxonomy.get(node).rank) if node in taxonomy else 0 for node in nodes]
        paths = torch.zeros(len(nodes), len(classes))
        for column, lineage in enumerate(lineages):
            for node in lineage:
                paths[nodes.index(node), column] = 1.0
        self.nodes, self.classes = tuple(nodes), tuple(classes)
        self.leaves = [nodes.index(lineage[-1]) for lineage in lineages]
        self.register_buffer("paths", paths, persistent=False)
        self.register_buffer("centre", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))
        self._by_rank = [torch.tensor([i for i, r in enumerate(ranks) if r == rank]) for rank in range(7)]
        width = spec.width or features
        self.adapters = nn.ModuleList(
            nn.Sequential(nn.Linear(features, width), nn.LayerNorm(width), nn.GELU())
            for _ in range(7 if spec.width else 0)
        )
        self.vectors = nn.Parameter(0.02 * torch.randn(len(spec.experts), len(nodes), width))
        self.bias = nn.Parameter(torch.zeros(len(spec.experts), len(classes)))
        self.scale = nn.Parameter(torch.full((len(spec.experts),), 16.0 if spec.cosine else 1.0))

    @torch.no_grad()
    def standardise(self, features: torch.Tensor) -> None:
        """Set the mean and spread that every feature is brought to zero and one with.

        Args:
            features: Shape `(n, d)`, of the training photos.
        """
        self.centre.copy_(features.mean(dim=0))
        self.spread.copy_(features.std(dim=0) + 1e-6)

    @torch.no_grad()
    def continue_from(self, weight: torch.Tensor, bias: torch.Tensor, offsets: torch.Tensor) -> None:
        """Start from a linear layer: every expert, in training, answers as that layer did.

        Args:
            weight: Shape `(k, d)`; bias: shape `(k,)`, for the classes of this head.
            offsets: Shape `(e, k)`: what each expert's logits get added while it learns.

        Raises:
            BundleError: This head compares directions or has adapters; a linear layer does neither.
        """
        if self.spec.cosine or self.spec.width:
            raise BundleError("only a head of plain products can go on from a linear layer")
        self.vectors.zero_()
        self.vectors[:, self.leaves] = weight
        self.bias.copy_(bias - offsets)

    @torch.no_grad()
    def continue_from_tree(self, other: "TreeHead") -> None:
        """Start from another tree head: every taxon that both know keeps its vector.

        A new species starts as its genus, or its finest ancestor that the other knows, and below all other
        species.

        Raises:
            BundleError: It is built in another way.
        """
        if other.spec != self.spec or other.vectors.shape[-1] != self.vectors.shape[-1]:
            raise BundleError(f"a head of {self.spec} cannot go on from one of {other.spec}")
        self.vectors.zero_()
        place = {name: index for index, name in enumerate(other.nodes)}
        known = [(new, place[name]) for new, name in enumerate(self.nodes) if name in place]
        self.vectors[:, [new for new, _ in known]] = other.vectors[:, [old for _, old in known]]
        column = {name: index for index, name in enumerate(other.classes)}
        lowest = other.bias.min(dim=1).values
        for new, name in enumerate(self.classes):
            self.bias[:, new] = other.bias[:, column[name]] if name in column else lowest
        self.scale.copy_(other.scale)
        self.centre.copy_(other.centre)
        self.spread.copy_(other.spread)
        self.adapters.load_state_dict(other.adapters.state_dict())

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return logits `(n, e, k)` of features `(n, d)`."""
        features = (features - self.centre) / self.spread
        if self.spec.width:
            return self._finish(self._by_ranks(features))
        return self._finish(torch.einsum("nd,edk->nek", self._input(features), self.banks()))

    def banks(self) -> torch.Tensor:
        """Return `(e, d, k)`: the vectors of every lineage summed up."""
        return torch.matmul(self._vectors().transpose(1, 2), self.paths)

    def folded(self) -> "nn.Module":
        """Return a module that answers the same without summing lineages for every photo."""
        return self if self.spec.width else FoldedHead(self)

    def _vectors(self) -> torch.Tensor:
        return nn.functional.normalize(self.vectors, dim=-1) if self.spec.cosine else self.vectors

    def _input(self, features: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(features, dim=-1) if self.spec.cosine else features

    def _finish(self, logits: torch.Tensor) -> torch.Tensor:
        scale = self.scale.clamp(max=LARGEST_SCALE) if self.spec.cosine else self.scale
        return logits * scale[None, :, None] + self.bias

    def _by_ranks(self, features: torch.Tensor) -> torch.Tensor:
        vectors = self._vectors()
        logits = features.new_zeros(features.shape[0], len(self.spec.experts), self.paths.shape[1])
        total = features.new_zeros(features.shape[0], self.spec.width)
        for adapter, nodes in zip(self.adapters, self._by_rank, strict=True):
            total = total + adapter(features)
            if not len(nodes):
                continue
            potentials = torch.einsum("nw,emw->nem", self._input(total), vectors[:, nodes])
            logits = logits + potentials @ self.paths[nodes]
        return logits


class FoldedHead(nn.Module):
    """A tree head whose lineages are summed once: what is served."""

    def __init__(self, head: TreeHead) -> None:
        super().__init__()
        self.cosine = head.spec.cosine
        scale = head.scale.clamp(max=LARGEST_SCALE) if self.cosine else head.scale
        banks = head.banks() * scale[:, None, None]
        self.register_buffer("weight", banks.detach().permute(1, 0, 2).flatten(1).contiguous())
        self.register_buffer("bias", head.bias.detach().clone())
        self.register_buffer("centre", head.centre.clone())
        self.register_buffer("spread", head.spread.clone())

    centre: torch.Tensor
    spread: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return logits `(n, e, k)` of features `(n, d)`."""
        features = (features - self.centre) / self.spread
        if self.cosine:
            features = nn.functional.normalize(features, dim=-1)
        return (features @ self.weight).view(-1, *self.bias.shape) + self.bias
