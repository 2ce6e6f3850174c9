"""A better model from corrections, in minutes on two cores: a new folder beside the old one, never in its place."""

import copy
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from core.errors import TrainingCancelled, TrainingError
from core.model.network import Network
from core.model.tree_head import TreeHead
from core.taxonomy import Taxonomy
from core.training.at_hand import AtHand, FindPhoto, gather
from core.training.corrections import Correction, LeftOut
from core.training.course import Course, prepare
from core.training.held_out import Judged, as_before, macro_f1, share_right
from core.training.last_stage import StageConfig, StageExamples, rehearse_stage
from core.training.memory import keep_freed_memory
from core.training.new_model import next_version, write_model
from core.training.rehearsal import RehearsalConfig, rehearse
from core.training.results import (
    CHOOSING,
    DEEPER,
    LEARNING,
    LOOKING,
    REMEMBERED,
    ClassChange,
    Comparison,
    Figures,
    FinetuneOptions,
    FinetuneResult,
    Progress,
)
from core.training.ways import Way, better, head_way, stage_way

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
    find_photo: FindPhoto = lambda start: None,
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
        cache: Folder for embeddings (by photo and backbone), feature maps and checkpoints.
        find_photo: From the first 16 digits of a SHA-256 to a photo that the old model learnt from or was judged on,
            `None` where it is not at hand. Only with them can more than the head learn.
        is_cancelled: Asked after every batch of photos and every epoch.

    Raises:
        TrainingCancelled: `is_cancelled` said so; nothing was written to `out`.
        TrainingError: Nothing to learn from, a label outside the taxonomy, no memory, no space left, ...; the last
            blocks were asked for and cannot learn.
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
            on_photos=lambda done, total: tell(Progress(LOOKING, done, total)),
        )  # fmt: skip
        config = replace(options.rehearsal, epochs=options.epochs or options.rehearsal.epochs)
        run = cache / "finetune" / course.sha256()[:24]
        learnt = _learn(course, config, run, tell)
        way, reasons = head_way(course, learnt, options.alpha), course.reasons
        photos, why = gather(
            course, options.depth, options.stage.stages, cache, photo_path=photo_path, find_photo=find_photo,
            on_photos=lambda done, total: tell(Progress(REMEMBERED, done, total)),
        )  # fmt: skip
        reasons += (why,)
        if photos is not None:
            network = _learn_stage(photos, learnt, options.stage, config.epochs, run, tell)
            deeper = stage_way(
                photos, network, options.alpha,
                on_try=lambda done, total: tell(Progress(CHOOSING, done, total)),
            )  # fmt: skip
            change, why = better(
                head_way(photos.course, learnt, options.alpha), deeper, told=options.depth == "blocks"
            )
            way, reasons = deeper if change else way, (*reasons, why)
        result = _finish(way, reasons, config, out, options, started)
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
        tell(Progress(LEARNING, epoch, config.epochs, loss=loss, macro_f1=score))

    rehearse(
        head, course.corrections(), course.remembered(), course.positions(), course.offsets(),
        config, run, task=course.sha256(), fresh=course.fresh(), on_epoch=report,
    )  # fmt: skip
    return head


def _learn_stage(
    photos: AtHand,
    head: TreeHead,
    config: StageConfig,
    before: int,
    run: Path,
    tell: Callable[[Progress], None],
) -> Network:
    """Return the last blocks and the head after the lesson, from a head that had its lesson.

    Args:
        before: Steps that were told of already.
    """
    keep_freed_memory()
    course = photos.course
    own, known = course.corrections(), course.remembered()
    network = Network(copy.deepcopy(photos.rest), copy.deepcopy(head))

    def told(done: int, total: int, loss: float | None) -> None:
        tell(Progress(DEEPER, before + done, before + total, loss=loss))

    rehearse_stage(
        network, StageExamples(photos.train, own.spans, own.weights),
        StageExamples(photos.rehearsed, known.spans, known.weights), course.positions(), course.offsets(), config,
        run / "blocks", task=photos.sha256(), old=Network(photos.rest, course.start), fresh=course.fresh(),
        on_step=told,
    )  # fmt: skip
    return network


def _finish(
    way: Way,
    reasons: tuple[str, ...],
    config: RehearsalConfig,
    out: Path,
    options: FinetuneOptions,
    started: float,
) -> FinetuneResult:
    """Write the best model on the way, and set it against the old one."""
    course, alpha = way.course, way.best.alpha
    now, head = way.at(alpha, True)
    reasons = (*reasons, way.reason)
    described = {
        "base": course.base.label, "base_sha256": course.base.weights_sha256, "lesson_sha256": course.sha256(),
        "learnt": len(course.train), "held_out": len(course.held_out), "left_out": len(course.left_out),
        "new": list(course.lesson.new), "depth": way.depth, "alpha": alpha, "tried": [asdict(one) for one in way.tried],
        "config": asdict(config), "stage": asdict(options.stage) if now.moved else None, "reasons": list(reasons),
    }  # fmt: skip
    bundle, new = write_model(
        now, head, out, name=options.name or course.base.name,
        version=options.version or next_version(course.base.version), described=described,
    )  # fmt: skip
    seen, sees = course.judged(), now.judged()
    return FinetuneResult(
        bundle=bundle, reasons=reasons, depth=way.depth, alpha=alpha, before=_figures(course.old, course),
        after=_figures(new, now), changes=_changes(seen.labels, course.old.guesses(seen), new.guesses(sees)),
        new_species=tuple(n for n in course.lesson.new if n in course.lesson.taxonomy),
        learnt=len(course.train), held_out=len(course.held_out), left_out=course.left_out,
        comparison=Comparison(
            labels=seen.labels, groups=seen.groups,
            is_correction=np.arange(len(seen)) >= len(course.judging.targets),
            before=course.old.probabilities(seen), after=new.probabilities(sees),
        ),
        seconds=time.monotonic() - started,
    )  # fmt: skip


def _figures(model: Judged, course: Course) -> Figures:
    tree, held_out, old = course.lesson.taxonomy, course.held_out, course.shown(course.judging)
    return Figures(
        old_macro_f1=macro_f1(model.guesses(old), old.labels, tree),
        held_out_macro_f1=macro_f1(model.guesses(held_out), held_out.labels, tree) if len(held_out) else None,
        corrected_right=share_right(model.guesses(course.train), course.train.labels, tree),
    )


def _changes(shown: Sequence[str], before: Sequence[str], after: Sequence[str]) -> tuple[ClassChange, ...]:
    """Return the classes whose recall changed, the worst loss first."""
    labels = np.array(shown)
    hits = [np.array(guesses) == labels for guesses in (before, after)]
    found = []
    for label in sorted(set(shown)):
        rows = labels == label
        was, now = (float(hit[rows].mean()) for hit in hits)
        if was != now:
            found.append(ClassChange(label, int(rows.sum()), was, now))
    return tuple(sorted(found, key=lambda one: (one.after - one.before, one.label)))
