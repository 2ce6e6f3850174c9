"""The service: what people corrected becomes a model that was judged; it answers only when somebody says so."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from core.errors import TrainingCancelled
from core.evaluation.candidate import judge_candidate
from core.evaluation.gate_rules import read_rules
from core.flips import find_flips
from core.jobs.watch import Watch
from core.lesson import Lesson, freeze_lesson, hash_photos
from core.media import MediaLibrary
from core.model import read_bundle
from core.model.loading import load_classifier
from core.settings import Settings
from core.store import DatasetStore, Job, SplitStore, TrainedModel, TrainedModels
from core.taxonomy import BLANK, FLAGS, Taxonomy
from core.training.at_hand import FindPhoto
from core.training.corrections import Correction
from core.training.embedded import PhotoRow
from core.training.finetune import FinetuneOptions, FinetuneResult, Progress, finetune
from core.training.finetune_log import asked, figures, noting
from core.training.manifest import LabelledPhoto
from core.training.run_log import RunKind, RunLog
from core.training.selection import Exclusion, Policy

NEWEST = 1_000  # unlabelled photos on which the answers of both models are compared, beside all labelled ones
HASHED = 0.1  # share of a run after which photos have been told apart
FITTING = 300  # photos that could be looked at while the head learns, as it is on two cores


class Learn(Protocol):
    """What turns corrections into a model folder: `core.training.finetune.finetune`, or a stand-in."""

    def __call__(
        self,
        base: Path,
        corrections: Sequence[Correction],
        taxonomy: Taxonomy,
        out: Path,
        options: FinetuneOptions = ...,
        *,
        photo_path: Callable[[str], Path],
        cache: Path,
        find_photo: FindPhoto = ...,
        on_progress: Callable[[Progress], None] = ...,
        is_cancelled: Callable[[], bool] = ...,
    ) -> FinetuneResult:
        """See `core.training.finetune.finetune`."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run reads from and writes to.

    Attributes:
        base: Folder of the model that answers, from which the new one goes on.
        threatened: Ids of the species that are vulnerable or worse.
    """

    settings: Settings
    datasets: DatasetStore
    splits: SplitStore
    models: TrainedModels
    library: MediaLibrary
    taxonomy: Taxonomy
    base: Path
    threatened: frozenset[str]
    now: Callable[[], datetime]


def teach(job: Job, watch: Watch, around: Surroundings, *, learn: Learn = finetune) -> dict[str, Any]:
    """Do a training job: freeze what there is to learn from, learn, judge, list changed answers, put the model beside the others.

    Everything is written to a folder of the job and moved at the end, so a model is listed whole or not at all. A job
    that was killed goes on from what is in that folder.

    Args:
        job: Its payload may say `bulk`: learn also from labels given to many photos at once; and `newest`: on how many
            photos without a label, the newest first, the answers of both models are compared; and `depth`, see
            `core.training.results.FinetuneOptions`.

    Returns:
        The name of the new model, the gate's report and everything that a page shows, as plain values.

    Raises:
        TrainingCancelled: Somebody asked for an end.
        FieldmarkError: See `core.lesson.freeze_lesson` and `core.training.finetune.finetune`.
    """
    settings = around.settings
    run, out = settings.data / "jobs" / str(job.id), settings.own_models / f"taught-{job.id}"
    if out.is_dir() and (done := _of_name(around.models.all(), out.name)) is not None:
        return dict(done.report)  # it was killed between the last step and saying so
    policy = Policy(bulk=bool(job.payload.get("bulk")))
    watch.stage("looking for photos that belong together")
    hash_photos(around.splits, around.library, on_progress=lambda done, n: watch.progress(HASHED * done / n))
    lesson, manifest = freeze_lesson(
        around.datasets, around.splits, around.library, around.taxonomy, policy, at=around.now()
    )
    newest = around.datasets.newest_unlabelled(int(job.payload.get("newest", NEWEST)))
    labelled = [row.sha256 for row in lesson.rows if row.left_out != Exclusion.PHOTO_GONE]
    compared = [path for path in map(around.library.path, [*labelled, *newest]) if path.is_file()]
    share = _shares(lesson, len(compared))
    base = read_bundle(around.base)
    made = run / "model"
    shutil.rmtree(made, ignore_errors=True)
    run.mkdir(parents=True, exist_ok=True)
    options = FinetuneOptions(version=_version(base.version, job.id), depth=job.payload.get("depth", "auto"))
    recorder = RunLog(settings.runs).begin(
        RunKind.TEACH, out, manifest, asked(base, options, bulk=policy.bulk), at=around.now()
    )
    result = learn(
        around.base,
        _corrections(lesson),
        around.taxonomy,
        made,
        options,
        photo_path=around.library.path,
        cache=settings.data / "cache",
        find_photo=lambda start: _find(around.library, start),
        on_progress=noting(recorder, _teller(watch, share.learnt)),
        is_cancelled=watch.is_cancelled,
    )
    watch.stage("judging on photos that it never saw")
    old, new = load_classifier(base), load_classifier(read_bundle(made))
    report = judge_candidate(
        result, old, new, _test_photos(lesson, around.library), read_rules(settings.data),
        threatened=around.threatened,
    )  # fmt: skip
    watch.progress(share.judged)
    watch.stage(f"looking for answers that change, on {len(compared):,} photos")
    flips = list(
        find_flips(
            compared, old, new, is_cancelled=watch.is_cancelled,
            on_progress=lambda done, n: watch.progress(share.judged + (1 - share.judged) * done / n),
        )
    )  # fmt: skip
    summary = lesson.summary
    record = {
        **report.to_record(namer(around.taxonomy)),
        "model": out.name,
        "label": result.bundle.label,
        "weights_sha256": result.bundle.weights_sha256,
        "base": around.base.name,
        "manifest": manifest,
        "reasons": list(result.reasons),
        "depth": result.depth,
        "alpha": result.alpha,
        "train": summary.train,
        "held_out": summary.held_out,
        "left_out": {reason.value: n for reason, n in summary.left_out.items()},
        "not_used": [{"sha256": one.sha256, "reason": one.reason} for one in result.left_out],
        "flips": len(flips),
        "looked_at": len(compared),
        "looked_at_unlabelled": len(compared) - len(labelled),
        "macro_f1": {"before": result.before.old_macro_f1, "after": result.after.old_macro_f1},
        "held_out_macro_f1": {
            "before": result.before.held_out_macro_f1,
            "after": result.after.held_out_macro_f1,
        },
        "seconds": round(result.seconds, 1),
    }
    if watch.is_cancelled():
        raise TrainingCancelled("cancelled before the model was kept")
    around.models.add_flips(base.weights_sha256, result.bundle.weights_sha256, flips, at=around.now())
    around.models.add(
        manifest, name=out.name, weights_sha256=result.bundle.weights_sha256,
        parent_sha256=base.weights_sha256, passes=report.passes, report=record, at=around.now(),
    )  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    made.rename(out)
    shutil.rmtree(run, ignore_errors=True)
    gate = {one["name"]: {"before": one["old"], "after": one["new"]} for one in record["changes"]}
    metrics = {**figures(result), "gate": gate, "passes": report.passes, "flips": len(flips)}
    recorder.finish(result.bundle.weights_sha256, metrics, at=around.now())
    return record


def namer(taxonomy: Taxonomy) -> Callable[[str], str]:
    """Return what gives a label the name that people use."""

    def name_of(label: str) -> str:
        if label in FLAGS:
            return {BLANK: "empty frames"}.get(label, label)
        return taxonomy.get(label).display_name if label in taxonomy else label

    return name_of


def _corrections(lesson: Lesson) -> list[Correction]:
    return [
        Correction(
            row.sha256, row.taxon or BLANK, group=lesson.groups.get(row.sha256, ""), weight=row.weight,
            held_out=row.split == "val",
        )
        for row in lesson.used("train", "val")
    ]  # fmt: skip


def _test_photos(lesson: Lesson, library: MediaLibrary) -> list[LabelledPhoto]:
    return [
        LabelledPhoto(library.path(row.sha256), row.taxon or BLANK, "test", lesson.groups.get(row.sha256, ""))
        for row in lesson.used("test")
    ]


@dataclass(frozen=True, slots=True)
class _Shares:
    """Share of a run that each part ends at; only the estimate of the time left rests on it."""

    learnt: float
    judged: float


def _shares(lesson: Lesson, compared: int) -> _Shares:
    """Count how often a photo is looked at in each part: once to learn, twice to compare two models."""
    learn, judge = FITTING + len(lesson.used("train", "val")), 2 * len(lesson.used("test"))
    one = (1 - HASHED) / (learn + judge + 2 * compared)
    return _Shares(HASHED + one * learn, HASHED + one * (learn + judge))


def _find(library: MediaLibrary, start: str) -> PhotoRow | None:
    sha256 = library.find(start)
    return PhotoRow(sha256, library.path(sha256)) if sha256 else None


def _teller(watch: Watch, end: float) -> Callable[[Progress], None]:
    """Return what passes on how far learning is, which takes the run up to the share `end`."""

    def tell(progress: Progress) -> None:
        watch.stage(progress.stage)
        watch.progress(HASHED + (end - HASHED) * progress.share)
        if progress.loss is not None:
            figures = {"step": float(progress.done), "loss": progress.loss}
            if progress.macro_f1 is not None:
                figures["macro_f1"] = progress.macro_f1
            watch.point(**figures)

    return tell


def _version(base: str, number: int) -> str:
    """Return `"2.7"` for what job 7 makes of version 2, or of version 2.5."""
    return f"{base.partition('.')[0]}.{number}"


def _of_name(models: Sequence[TrainedModel], name: str) -> TrainedModel | None:
    return next((model for model in reversed(models) if model.name == name), None)
