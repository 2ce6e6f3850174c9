"""A finished lesson as a model folder: weights, what is fitted afterwards, and the memory that grew."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from core.decision.novelty import NoveltyModel
from core.model import Bundle, write_bundle
from core.model.bundle import WEIGHTS, file_sha256
from core.model.memory_file import NAME as MEMORY
from core.model.memory_file import Memory, photo_number, write_memory
from core.model.network import Network, create_network
from core.model.novelty_file import NAME as NOVELTY
from core.model.novelty_file import read_novelty, write_novelty
from core.model.tree_head import TreeHead
from core.taxonomy import FLAGS
from core.training.calibrate import calibrate
from core.training.course import Course
from core.training.exemplars import describe, thinned, vectors_read
from core.training.folder import whole_folder
from core.training.growth import grown_novelty
from core.training.held_out import Judged, Shown, as_before, raw_scores
from core.training.strangers import fit_means, fit_strangers


def write_model(
    course: Course, head: TreeHead, out: Path, *, name: str, version: str, described: Mapping[str, Any]
) -> tuple[Bundle, Judged]:
    """Write the new model to `out`, whole or not at all, and return it and how it answers.

    Probabilities are calibrated anew on held-out photos; how strangers are told keeps its directions unless the backbone
    moved, gets the means of new species, and is weighed anew.

    Args:
        described: What the card needs to say about the run.

    Raises:
        TrainingError: The folder cannot be written.
    """
    lesson, base = course.lesson, course.base
    with whole_folder(out) as part:
        save_file(Network(course.network.backbone, head).stored_weights(), part / WEIGHTS)
        shipped = create_network(
            base.architecture, base.options, head.spec.to_record(), lesson.classes, lesson.taxonomy
        )
        shipped.load_weights(load_file(part / WEIGHTS))  # judge exactly what is shipped, half precision
        shipped.float().eval()
        assert isinstance(shipped.head, TreeHead)
        judged = course.judged()
        scores = raw_scores(shipped.head, judged.embeddings)
        carried = as_before(course.old, shipped.head, judged, course.prior, lesson.taxonomy).calibration
        calibration = calibrate(
            scores.mean(axis=1), judged.labels, course.prior, lesson.classes, lesson.taxonomy, fitted=carried
        )
        files = {}
        if write_strangers(course, judged, scores[:, 0], part):
            files[NOVELTY] = file_sha256(part / NOVELTY)
        memory = grown_memory(course)
        files[MEMORY] = file_sha256(write_memory(memory, vectors_read(shipped.head), part))
        bundle = replace(
            base, name=name, version=version, classes=lesson.classes, taxonomy=lesson.taxonomy, calibration=calibration,
            weights_sha256=file_sha256(part / WEIGHTS), files=files, metrics={}, folder=part,
            training={
                **base.training, "memory": describe(memory), "finetune": dict(described),
                "photos_per_class": _counts(course),
            },
        )  # fmt: skip
        write_bundle(bundle, part)
    return replace(bundle, folder=out), Judged(shipped.head, calibration, lesson.taxonomy)


def next_version(version: str) -> str:
    """Return `"2.1"` after `"2"`, and `"2.2"` after that."""
    found = re.fullmatch(r"(.*\.)(\d+)", version)
    return f"{found[1]}{int(found[2]) + 1}" if found else f"{version}.1"


def grown_memory(course: Course) -> Memory:
    """Return what the new model remembers: what the old one did, and the corrections labelled with a class."""
    parts = course.rehearsed.joined(course.judging) if course.judging.held_out.any() else course.rehearsed
    for rows, shown, held_out in (
        (course.lesson.train, course.train, False),
        (course.lesson.held_out, course.held_out, True),
    ):
        named = [row for row, label in enumerate(shown.labels) if label in course.lesson.classes]
        if not named:
            continue
        numbers = {group: number for number, group in enumerate(dict.fromkeys(shown.groups))}
        parts = parts.joined(
            Memory(
                shown.embeddings[named],
                np.array([course.lesson.classes.index(shown.labels[row]) for row in named], np.intp),
                np.full(len(named), held_out),
                np.array([numbers[shown.groups[row]] for row in named], np.intp),
                np.array([photo_number(rows[row].sha256) for row in named], np.uint64),
            )
        )
    return thinned(parts)


def write_strangers(course: Course, judged: Shown, first: NDArray[np.float32], folder: Path) -> bool:
    """Fit how strangers are told to the new head, if the old model can tell them; return whether."""
    model = read_novelty(course.base)
    if model is None:
        return False
    lesson = course.lesson
    grown = _means_anew(model, course) if course.moved else grown_novelty(
        model, course.base.classes, lesson.classes, course.train.embeddings, course.train.labels
    )  # fmt: skip
    place = {lesson.classes[column]: column for column in grown.columns}
    rows = np.array([row for row, label in enumerate(judged.labels) if label in place], np.intp)
    targets = np.array([place[judged.labels[row]] for row in rows], np.intp)
    if len(np.unique(targets)) < 2:
        return False
    write_novelty(fit_strangers(grown, judged.embeddings[rows], first[rows], targets), folder)
    return True


def _means_anew(model: NoveltyModel, course: Course) -> NoveltyModel:
    """Return where the species lie as the new backbone sees them, from all photos that it learnt from."""
    learnt = course.shown(course.rehearsed).joined(course.train)
    species = learnt.among([name for name in course.lesson.classes if name not in FLAGS])
    targets = np.array([course.lesson.classes.index(label) for label in species.labels], np.intp)
    anew = fit_means(species.embeddings, targets)
    return replace(anew, accepted=model.accepted, base_rate=model.base_rate)


def _counts(course: Course) -> dict[str, int]:
    known = Counter(course.base.training.get("photos_per_class", {}))
    known.update(
        label for label in course.train.labels if label not in FLAGS or label in course.lesson.classes
    )
    return dict(known.most_common())
