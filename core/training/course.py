"""Everything that fine-tuning from corrections starts from, gathered once."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.decision import log_likelihoods
from core.errors import TrainingError
from core.model import Bundle, read_bundle
from core.model.memory_file import Memory, photo_number, read_memory
from core.model.network import Network
from core.model.tree_head import TreeHead
from core.taxonomy import Taxonomy
from core.training.corrections import Correction, LeftOut, Lesson, plan, screen
from core.training.embedded import PhotoRow, embed_photos, load_network
from core.training.growth import grown_head, grown_prior
from core.training.held_out import Judged, Shown, as_before, hush
from core.training.losses import label_spans, leaf_positions
from core.training.rehearsal import Examples, all_alike


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What is learnt, on top of what.

    Attributes:
        old: The old model's head and calibration.
        start: Its head with room for new classes, which it knows by their mean photo and seldom names.
        prior: Shape `(k,)`: share of each class among all photos that the model will have learnt from.
        rehearsed, judging: Remembered photos to train on, and to judge on; targets are classes of the lesson.
        train, held_out: Corrections.
        moved: Whether the backbone is no longer that of `base`: whatever was fitted to its embeddings no longer holds.
    """

    base: Bundle
    network: Network
    old: Judged
    lesson: Lesson
    start: TreeHead
    prior: NDArray[np.float64]
    rehearsed: Memory
    judging: Memory
    train: Shown
    held_out: Shown
    left_out: tuple[LeftOut, ...]
    reasons: tuple[str, ...]
    moved: bool = False

    def shown(self, memory: Memory) -> Shown:
        """Return remembered photos under the names of their classes."""
        return Shown(
            memory.embeddings,
            tuple(self.lesson.classes[target] for target in memory.targets),
            tuple(f"remembered {group}" for group in memory.groups),
        )

    def judged(self) -> Shown:
        """Return all held-out photos, remembered ones first, whose label is a class."""
        return self.shown(self.judging).joined(self.held_out.among(self.lesson.classes))

    def corrections(self) -> Examples:
        """Return the corrections to learn from."""
        weights = torch.tensor([one.weight for one in self.lesson.train])
        return self._examples(self.train, weights / weights.sum())

    def remembered(self) -> Examples:
        """Return the remembered photos to rehearse, all classes alike."""
        return self._examples(self.shown(self.rehearsed), all_alike(self.rehearsed.targets))

    def positions(self) -> torch.Tensor:
        """Return `(k,)`, see `core.training.losses.leaf_positions`."""
        return torch.from_numpy(leaf_positions(self.lesson.classes, self.lesson.taxonomy))

    def fresh(self) -> list[int]:
        """Return which classes are new."""
        return [self.lesson.classes.index(name) for name in self.lesson.new]

    def offsets(self) -> torch.Tensor:
        """Return `(e, k)`: what is added to each expert's logits while it learns.

        It is what the calibration that is carried over adds, so that what is learnt is right as it is served.
        """
        fitted = self.old.calibration
        added = log_likelihoods(
            np.zeros((1, len(self.prior))), replace(fitted, prior=tuple(map(float, self.prior)))
        )
        added = fitted.temperature * (added - added.mean())
        return torch.from_numpy(added).float().repeat(len(self.start.spec.experts), 1)

    def sha256(self) -> str:
        """Return a hash of what is learnt from what."""
        rows = [(c.sha256, c.label, c.weight) for c in self.lesson.train]
        judged = [(c.sha256, c.label) for c in self.lesson.held_out]
        record = [self.base.weights_sha256, dict(self.base.files), list(self.lesson.classes), rows, judged]
        return hashlib.sha256(json.dumps(record).encode()).hexdigest()

    def _examples(self, shown: Shown, weights: torch.Tensor) -> Examples:
        spans = label_spans(shown.labels, self.lesson.classes, self.lesson.taxonomy)
        return Examples(torch.from_numpy(shown.embeddings), torch.from_numpy(spans), weights)


def prepare(
    base: Path,
    corrections: Sequence[Correction],
    taxonomy: Taxonomy,
    cache: Path,
    *,
    photo_path: Callable[[str], Path],
    on_photos: Callable[[int, int], None],
) -> Course:
    """Read the model, look at the corrected photos, and decide what each of them can teach.

    Raises:
        TrainingError: See `core.training.finetune.finetune`.
    """
    bundle = read_bundle(base)
    network = load_network(bundle)
    memory = read_memory(bundle)
    if memory is None:
        raise TrainingError(
            f"{bundle.label} has nothing to rehearse and would forget; `python -m core remember` gives it a memory"
        )
    kept, left_out = screen(corrections, taxonomy)
    rows = [PhotoRow(one.sha256, photo_path(one.sha256)) for one in kept]
    found, lost = embed_photos(bundle, rows, cache, on_progress=on_photos)
    left_out += tuple(LeftOut(sha256, reason) for sha256, reason in lost.items())
    readable = [one for one in kept if one.sha256 in found]
    if not readable:
        raise TrainingError(
            f"none of the {len(kept)} corrected photos can be read: {next(iter(lost.values()))}"
        )
    judged_before = set(memory.photos[memory.held_out].tolist())
    lesson = plan(
        readable, taxonomy, bundle.taxonomy, bundle.classes,
        judged_before={c.sha256 for c in readable if int(photo_number(c.sha256)) in judged_before},
    )  # fmt: skip
    train, held_out = (
        _shown(one, found, memory.embeddings.shape[1]) for one in (lesson.train, lesson.held_out)
    )
    assert isinstance(network.head, TreeHead)
    start = grown_head(
        network.head,
        lesson.taxonomy,
        lesson.classes,
        train.embeddings,
        train.labels,
        memory.embeddings.mean(axis=0),
    )
    photos = int(bundle.training.get("photos", {}).get("train", 0)) or int((~memory.held_out).sum())
    prior = grown_prior(bundle.calibration.prior, photos, bundle.classes, train.labels, lesson.classes)
    memory = _renumbered(memory, bundle.classes, lesson)
    reasons = lesson.reasons
    judging = memory.take(memory.held_out)
    if not len(judging.targets):
        judging = memory
        reasons += ("the old model kept no photos to judge on: it is judged on those that it learnt from",)
    course = Course(
        base=bundle, network=network, old=Judged(network.head, bundle.calibration, bundle.taxonomy), lesson=lesson,
        start=start, prior=prior, rehearsed=memory.take(~memory.held_out), judging=judging, train=train,
        held_out=held_out, left_out=left_out + lesson.left_out, reasons=reasons,
    )  # fmt: skip
    if (
        lesson.new
    ):  # quiet from the start, so that learning raises a newcomer only where its photos ask for it
        quiet = as_before(course.old, start, course.judged(), prior, lesson.taxonomy)
        hush(quiet, course.shown(judging), lesson.new)
    return course


def _shown(rows: Sequence[Correction], found: Mapping[str, NDArray[np.float32]], width: int) -> Shown:
    embeddings = [found[one.sha256] for one in rows]
    return Shown(
        np.stack(embeddings) if embeddings else np.empty((0, width), np.float32),
        tuple(one.label for one in rows),
        tuple(one.group or one.sha256 for one in rows),
    )


def _renumbered(memory: Memory, classes: Sequence[str], lesson: Lesson) -> Memory:
    """Return a memory with targets among the lesson's classes, without photos that are corrected now."""
    place = np.array([lesson.classes.index(name) for name in classes], np.intp)
    corrected = {int(photo_number(one.sha256)) for one in (*lesson.train, *lesson.held_out)}
    kept = np.array([int(photo) not in corrected for photo in memory.photos], bool)
    return replace(memory, targets=place[memory.targets]).take(kept)
