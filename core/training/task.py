"""What is to be learnt: the classes, their tree, and the photos that show them."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import TrainingError
from core.model.bundle import Preprocessing
from core.taxonomy import BLANK, FLAGS, Rank, Taxonomy
from core.training.class_prior import effective_weights, expert_offsets, soft_prior
from core.training.losses import label_spans, leaf_positions, within
from core.training.manifest import LabelledPhoto


@dataclass(frozen=True, slots=True)
class Task:
    """Photos with labels at any rank, and the classes that they add up to.

    Attributes:
        taxonomy: The smallest tree over the species that have a photo of their own.
        classes: Its leaves, and the flags that have photos.
        train, val: Photos whose label is in the tree or a flag among the classes.
        prior: Shape `(k,)`: share of each class in `train`, coarse labels counted in parts.
    """

    taxonomy: Taxonomy
    classes: tuple[str, ...]
    spec: Preprocessing
    train: tuple[LabelledPhoto, ...]
    val: tuple[LabelledPhoto, ...]
    prior: NDArray[np.float64]

    def spans(self, photos: Sequence[LabelledPhoto]) -> torch.Tensor:
        """Return `(n, 7, 2)`, see `core.training.losses.label_spans`."""
        return torch.from_numpy(label_spans([photo.label for photo in photos], self.classes, self.taxonomy))

    def positions(self) -> torch.Tensor:
        """Return `(k,)`, see `core.training.losses.leaf_positions`."""
        return torch.from_numpy(leaf_positions(self.classes, self.taxonomy))

    def offsets(self, experts: Sequence[str], *, empties: float = 1.0) -> torch.Tensor:
        """Return `(e, k)`: what is added to the logits of each expert while it learns.

        Args:
            empties: Share of the frames without an animal that are shown; told of it, the network answers as
                if it had seen them all (King and Zeng, 2001).
        """
        by_name = expert_offsets(self.prior)
        offsets = np.stack([by_name[name] for name in experts])
        if BLANK in self.classes:
            offsets[:, self.classes.index(BLANK)] += math.log(empties)
        return torch.from_numpy(offsets).float()

    def weights(self, photos: Sequence[LabelledPhoto], beta: float) -> torch.Tensor:
        """Return `(n,)`: how much each photo counts, more where its class is rare; 0 for all alike.

        A label above the species counts as its species do on average.
        """
        counts = self.prior * (len(self.train) + 0.5 * len(self.classes))
        by_class = torch.from_numpy(effective_weights(counts, beta)).float()
        prior = torch.from_numpy(self.prior).float()
        spans, positions = self.spans(photos)[:, -1], self.positions()
        inside = within(spans, positions).float() * prior
        return inside @ by_class / inside.sum(dim=1)

    def targets(self, photos: Sequence[LabelledPhoto]) -> NDArray[np.intp]:
        """Return the class index of each photo, -1 where the label is coarser than a class."""
        index = {name: position for position, name in enumerate(self.classes)}
        return np.array([index.get(photo.label, -1) for photo in photos], dtype=np.intp)

    def sha256(self) -> str:
        """Return a hash of what is learnt from what, wherever the photos lie."""
        photos = [(photo.path.name, photo.label) for photo in self.train]
        record = [list(self.classes), asdict(self.spec), photos]
        return hashlib.sha256(json.dumps(record).encode()).hexdigest()


def make_task(
    train: Sequence[LabelledPhoto], val: Sequence[LabelledPhoto], taxonomy: Taxonomy, spec: Preprocessing
) -> Task:
    """Find the classes in the photos and leave out what they cannot teach.

    Raises:
        TrainingError: A split is empty, or there are fewer than two classes.
    """
    labels = {photo.label for photo in train}
    species = {name for name in labels if name in taxonomy and taxonomy.get(name).rank is Rank.SPECIES}
    flags = tuple(name for name in FLAGS if name in labels)
    if len(species) + len(flags) < 2 or not species:
        raise TrainingError("training needs photos of two classes or more, and one of them a species")
    tree = taxonomy.subtree(species)
    classes = tuple(leaf.id for leaf in tree.leaves) + flags
    known = {taxon.id for taxon in tree.order} | set(flags)
    kept = tuple(photo for photo in train if photo.label in known)
    judged = tuple(photo for photo in val if photo.label in classes)
    if not judged:
        raise TrainingError("no photo of the split val shows a species that the split train has")
    prior = soft_prior([photo.label for photo in kept], classes, tree)
    return Task(tree, classes, spec, kept, judged, prior)
