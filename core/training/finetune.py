"""A better model from corrections, in minutes on two cores: a new folder beside the old one, never in its place."""

import copy
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from core.errors import TrainingCancelled, TrainingError
from core.model.tree_head import TreeHead
from core.taxonomy import Taxonomy
from core.training.corrections import Correction, LeftOut
from core.training.course import Course, prepare
from core.training.held_out import Judged, Shown, as_before, hush, macro_f1, share_right
from core.training.interpolation import choose_alpha
from core.training.new_model import next_version, write_model
from core.training.rehearsal import RehearsalConfig, rehearse
from core.training.results import (
    ClassChange,
    Comparison,
    Figures,
    FinetuneOptions,
    FinetuneResult,
    Progress,
)
from core.training.soup import average

__all__ = [
    "ClassChange",
    "Comparison",
    "Correction",
    "Figures",
    "FinetuneOptions",
    "FinetuneResult",
    "LeftOut",
    "Progress",
    "finetune",
]


def finetune(
    base: Path,
    corrections: Sequence[Correction],
    taxonomy: Taxonomy,
    out: Path,
    options: FinetuneOptions = FinetuneOptions(),  # noqa: B008  (frozen)
    *,
    photo_path: Callable[[str], Path],
    cache: Path,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> FinetuneResult:
    """Learn from corrections and write a new model folder.

    The same input gives the same weights. A killed run goes on from `cache` when it is started again with the same
    arguments; `out` appears whole or not at all.

    Args:
        base: A model folder with a tree head and a `memory.safetensors`.
        taxonomy: Must know every label; the model's tree grows by what it lacks of it.
        out: The folder to make; must not exist.
        photo_path: From a SHA-256 to where the photo is; photos that are gone are left out.
        cache: Folder for embeddings (by photo and backbone) and checkpoints.
        is_cancelled: Asked after every batch of photos and every epoch.

    Raises:
        TrainingCancelled: `is_cancelled` said so; nothing was written to `out`.
        TrainingError: Nothing to learn from, a label outside the taxonomy, no memory, no space left, ...
        BundleError: The old model is damaged.
    """
    started = time.monotonic()

    def tell(progress: Progress) -> None:
        on_progress(progress)
        if is_cancelled():
            raise TrainingCancelled("fine-tuning was stopped; started again, it goes on from there")

    if out.exists():
        raise TrainingError(f"{out} exists; choose another name for the new model")
    try:
        course = prepare(
            base, corrections, taxonomy, cache, photo_path=photo_path,
            on_photos=lambda done, total: tell(Progress("looking at the photos", done, total)),
        )  # fmt: skip
        config = replace(options.rehearsal, epochs=options.epochs or options.rehearsal.epochs)
        run = cache / "finetune" / course.sha256()[:24]
        learnt = _learn(course, config, run, tell)
        result = _finish(course, learnt, config, out, options, started)
    except OSError as error:
        raise TrainingError(
            f"{cache} cannot be written: {error.strerror or error}; nothing was changed"
        ) from error
    shutil.rmtree(run, ignore_errors=True)  # the model is whole; nothing is left to resume
    return result


def _learn(course: Course, config: RehearsalConfig, run: Path, tell: Callable[[Progress], None]) -> TreeHead:
    """Return the head after the lesson; the backbone stays."""
    head = copy.deepcopy(course.start)
    old = course.shown(course.judging)

    def report(epoch: int, loss: float, head: TreeHead) -> None:
        now = as_before(course.old, head, course.judged(), course.prior, course.lesson.taxonomy)
        score = macro_f1(now.guesses(old), old.labels, course.lesson.taxonomy)
        tell(Progress("learning", epoch, config.epochs, loss=loss, macro_f1=score))

    rehearse(
        head, course.corrections(), course.remembered(), course.positions(), course.offsets(),
        config, run, task=course.sha256(), on_epoch=report,
    )  # fmt: skip
    return head


def _finish(
    course: Course,
    learnt: TreeHead,
    config: RehearsalConfig,
    out: Path,
    options: FinetuneOptions,
    started: float,
) -> FinetuneResult:
    """Choose how far to go, write the model, and set it against the old one."""
    tree, old = course.lesson.taxonomy, course.shown(course.judging)
    judged, asked = course.judged(), course.train.joined(course.held_out)
    before = _figures(course.old, course, old)

    def at(alpha: float) -> TreeHead:
        head = copy.deepcopy(course.start)
        head.load_state_dict(average(course.start.state_dict(), learnt.state_dict(), alpha))
        if course.lesson.new:
            hush(as_before(course.old, head, judged, course.prior, tree), old, course.lesson.new)
        return head.eval()

    def judge(alpha: float) -> tuple[float, float]:
        now = as_before(course.old, at(alpha), judged, course.prior, tree)
        return macro_f1(now.guesses(old), old.labels, tree), macro_f1(now.guesses(asked), asked.labels, tree)

    best, tried, reason = choose_alpha(judge, before.old_macro_f1)
    alpha = best.alpha
    if options.alpha is not None:
        alpha, reason = options.alpha, f"{options.alpha:.0%} of the way to the new weights, as told"
    reasons = (*course.reasons, reason)
    described = {
        "base": course.base.label, "base_sha256": course.base.weights_sha256, "lesson_sha256": course.sha256(),
        "learnt": len(course.train), "held_out": len(course.held_out), "left_out": len(course.left_out),
        "new": list(course.lesson.new), "alpha": alpha, "tried": [asdict(one) for one in tried],
        "config": asdict(config), "reasons": list(reasons),
    }  # fmt: skip
    bundle, new = write_model(
        course, at(alpha), out, name=options.name or course.base.name,
        version=options.version or next_version(course.base.version), described=described,
    )  # fmt: skip
    return FinetuneResult(
        bundle=bundle, reasons=reasons, alpha=alpha, before=before, after=_figures(new, course, old),
        changes=_changes(course.old, new, judged), new_species=tuple(n for n in course.lesson.new if n in tree),
        learnt=len(course.train), held_out=len(course.held_out), left_out=course.left_out,
        comparison=Comparison(
            labels=judged.labels, groups=judged.groups, is_correction=np.arange(len(judged)) >= len(old),
            before=course.old.probabilities(judged), after=new.probabilities(judged),
        ),
        seconds=time.monotonic() - started,
    )  # fmt: skip


def _figures(model: Judged, course: Course, old: Shown) -> Figures:
    tree, held_out = course.lesson.taxonomy, course.held_out
    return Figures(
        old_macro_f1=macro_f1(model.guesses(old), old.labels, tree),
        held_out_macro_f1=macro_f1(model.guesses(held_out), held_out.labels, tree) if len(held_out) else None,
        corrected_right=share_right(model.guesses(course.train), course.train.labels, tree),
    )


def _changes(before: Judged, after: Judged, judged: Shown) -> tuple[ClassChange, ...]:
    """Return the classes whose recall changed, the worst loss first."""
    labels = np.array(judged.labels)
    hits = [np.array(model.guesses(judged)) == labels for model in (before, after)]
    found = []
    for label in sorted(set(judged.labels)):
        rows = labels == label
        was, now = (float(hit[rows].mean()) for hit in hits)
        if was != now:
            found.append(ClassChange(label, int(rows.sum()), was, now))
    return tuple(sorted(found, key=lambda one: (one.after - one.before, one.label)))
