"""What the last stage of a backbone can learn from: photos, since embeddings of the old backbone say nothing of a new one."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from core.errors import TrainingError
from core.model.backbones import cut, depths
from core.model.memory_file import Memory
from core.training.corrections import Correction, LeftOut
from core.training.course import Course
from core.training.embedded import PhotoRow
from core.training.feature_maps import Halves, look_at

LEAST = 200  # corrections from which the last blocks are tried
SHARE = 0.9  # of the photos that a model remembers which must be at hand

STAY = "the last blocks of the network stay as they are"

Depth = Literal["auto", "head", "blocks"]
Rows = Sequence[PhotoRow | None]
FindPhoto = Callable[[str], PhotoRow | None]  # from the first 16 digits of a SHA-256


@dataclass(frozen=True, slots=True, eq=False)
class AtHand:
    """A course without whatever has no photo, and what the frozen layers see in each photo.

    Attributes:
        rest: The layers after the cut, as they were.
        train, held_out, rehearsed, judging: Maps `(n, c, h, w)` in the order of the course.
    """

    course: Course
    rest: nn.Module
    train: Halves
    held_out: Halves
    rehearsed: Halves
    judging: Halves

    def sha256(self) -> str:
        """Return a hash of what is learnt from what."""
        remembered = [part.photos.tobytes() for part in (self.course.rehearsed, self.course.judging)]
        return hashlib.sha256(b"".join([self.course.sha256().encode(), *remembered])).hexdigest()


def gather(
    course: Course,
    depth: Depth,
    stages: int,
    cache: Path,
    *,
    photo_path: Callable[[str], Path],
    find_photo: FindPhoto,
    on_photos: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[AtHand | None, str]:
    """Look at all photos if the last blocks can learn from them; return what was seen, or why not, as a sentence.

    Args:
        stages: How many stages from the end would learn.
        photo_path: From the hash of a correction to its photo.
        find_photo: Finds photos that the model remembers.
        on_photos: Called with the number of photos done, and of all; may raise to stop.

    Raises:
        TrainingError: The last blocks were asked for, and cannot learn.
    """
    if depth == "head":
        return None, "only the head learns, as told"
    count = len(course.train) + len(course.held_out)
    if depth == "auto" and count < LEAST:
        return None, f"{STAY}: {count} corrections are fewer than the {LEAST} that they need"
    found: list[Rows] = [
        [find_photo(f"{int(n):016x}") for n in part.photos] for part in (course.rehearsed, course.judging)
    ]
    why = _missing(course, found)
    parts = None if why else _parts(course, stages)
    if parts is None:
        why = why or f"{STAY}: this kind of network cannot be cut before them"
        if depth == "blocks":
            raise TrainingError(why)
        return None, why
    wanted = [_rows(course.lesson.train, photo_path), _rows(course.lesson.held_out, photo_path), *found]
    photos = list(dict.fromkeys(row for part in wanted for row in part if row))
    seen = look_at(parts[0], course.base.preprocessing, photos, cache, on_progress=on_photos)
    there = [np.array([row is not None and row.sha256 in seen for row in part], bool) for part in wanted]
    kept = _restricted(course, *there)
    if not len(kept.train) or not len(kept.rehearsed.targets) or not len(kept.judging.targets):
        raise TrainingError("the photos were there a moment ago and cannot be read now; start again")
    maps = [_stacked(part, seen) for part in wanted]
    total = sum(len(part) for part in maps)
    return (
        AtHand(kept, parts[1], *maps),
        f"the last blocks of the network can learn too: {total} photos are here to learn from and to judge on",
    )


def _rows(corrections: Sequence[Correction], photo_path: Callable[[str], Path]) -> Rows:
    return [PhotoRow(one.sha256, photo_path(one.sha256)) for one in corrections]


def _stacked(rows: Rows, seen: Mapping[str, Halves]) -> Halves:
    maps = [seen[row.sha256] for row in rows if row and row.sha256 in seen]
    return np.stack(maps) if maps else np.empty((0, 0, 0, 0), np.float16)


def _parts(course: Course, stages: int) -> tuple[nn.Module, nn.Module] | None:
    backbone = course.network.backbone
    return cut(backbone, max(depths(backbone).values()) + 1 - stages, course.base.preprocessing.size)


def _missing(course: Course, found: Sequence[Rows]) -> str:
    """Return why the photos at hand are too few, `""` if they are not."""
    known = [row for part in found for row in part]
    here = sum(row is not None for row in known)
    if any(sum(row is not None for row in part) < SHARE * len(part) for part in found) or _bare(
        course.rehearsed, found[0]
    ):
        return (
            f"{STAY}: of {len(known)} photos that the model remembers {here} are here, and "
            "without the rest nobody could tell what it forgets"
        )
    return ""


def _bare(memory: Memory, found: Rows) -> bool:
    """Return whether a class has no photo at hand."""
    here = {int(target) for target, row in zip(memory.targets, found, strict=True) if row}
    return here != set(memory.targets.tolist())


def _restricted(
    course: Course, train: NDArray[np.bool_], held_out: NDArray[np.bool_], rehearsed: NDArray[np.bool_],
    judging: NDArray[np.bool_],
) -> Course:  # fmt: skip
    lesson = course.lesson
    gone = [
        LeftOut(one.sha256, "the photo is gone")
        for rows, kept in ((lesson.train, train), (lesson.held_out, held_out))
        for one, keep in zip(rows, kept, strict=True) if not keep
    ]  # fmt: skip
    left = [
        tuple(one for one, keep in zip(rows, kept, strict=True) if keep)
        for rows, kept in ((lesson.train, train), (lesson.held_out, held_out))
    ]
    return replace(
        course,
        lesson=replace(lesson, train=left[0], held_out=left[1]),
        train=course.train.take(np.flatnonzero(train)),
        held_out=course.held_out.take(np.flatnonzero(held_out)),
        rehearsed=course.rehearsed.take(rehearsed),
        judging=course.judging.take(judging),
        left_out=(*course.left_out, *gone),
    )
