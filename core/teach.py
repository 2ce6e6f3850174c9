"""The service: what people corrected becomes a model that was judged; it answers only when somebody says so."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from core.errors import TrainingCancelled
from core.evaluation.candidate import judge_candidate
from core.evaluation.gate_rules import read_rules
from core.identify import identify
from core.jobs.watch import Watch
from core.lesson import Lesson, freeze_lesson, hash_photos
from core.media import MediaLibrary
from core.model import Classifier, read_bundle
from core.model.loading import load_classifier
from core.settings import Settings
from core.store import DatasetStore, Flip, Job, SplitStore, TrainedModel, TrainedModels
from core.store.ledger import displayed_taxon
from core.taxonomy import BLANK, FLAGS, Taxonomy
from core.training.corrections import Correction
from core.training.finetune import FinetuneOptions, FinetuneResult, Progress, finetune
from core.training.finetune_log import asked, figures, noting
from core.training.manifest import LabelledPhoto
from core.training.run_log import RunKind, RunLog
from core.training.selection import Policy

LOOKED_AT = (
    300  # photos on which the answers of both models are compared; more would take longer than learning
)
# Share of a run that each part ends at, as it is on two cores; only the estimate of the time left rests on it.
HASHED, LEARNT, JUDGED = 0.1, 0.8, 0.85


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
        job: Its payload may say `bulk`: learn also from labels given to many photos at once.

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
    base = read_bundle(around.base)
    made = run / "model"
    shutil.rmtree(made, ignore_errors=True)
    run.mkdir(parents=True, exist_ok=True)
    options = FinetuneOptions(version=_version(base.version, job.id))
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
        on_progress=noting(recorder, _teller(watch)),
        is_cancelled=watch.is_cancelled,
    )
    watch.stage("judging on photos that it never saw")
    old, new = load_classifier(base), load_classifier(read_bundle(made))
    report = judge_candidate(
        result, old, new, _test_photos(lesson, around.library), read_rules(settings.data),
        threatened=around.threatened,
    )  # fmt: skip
    watch.progress(JUDGED)
    watch.stage("looking for answers that change")
    paths = [around.library.path(row.sha256) for row in lesson.rows if row.left_out != "photo_gone"]
    flips = find_flips(paths[:LOOKED_AT], old, new, watch)
    summary = lesson.summary
    record = {
        **report.to_record(namer(around.taxonomy)),
        "model": out.name,
        "label": result.bundle.label,
        "weights_sha256": result.bundle.weights_sha256,
        "base": around.base.name,
        "manifest": manifest,
        "reasons": list(result.reasons),
        "alpha": result.alpha,
        "train": summary.train,
        "held_out": summary.held_out,
        "left_out": {reason.value: n for reason, n in summary.left_out.items()},
        "not_used": [{"sha256": one.sha256, "reason": one.reason} for one in result.left_out],
        "flips": len(flips),
        "looked_at": min(len(paths), LOOKED_AT),
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


def find_flips(paths: Iterable[Path], old: Classifier, new: Classifier, watch: Watch) -> list[Flip]:
    """Return the photos to which two models give different answers."""
    photos = list(paths)
    said: list[dict[str, str | None]] = [{}, {}]
    for number, (classifier, answers) in enumerate(zip((old, new), said, strict=True)):
        for done, item in enumerate(identify(photos, classifier, is_cancelled=watch.is_cancelled), 1):
            if item.answer is not None and item.sha256:
                answers[item.sha256] = displayed_taxon(item.answer)
            watch.progress(JUDGED + (1 - JUDGED) * (number + done / len(photos)) / 2)
    before, after = said
    return [
        Flip(sha256, before[sha256], after[sha256])
        for sha256 in before
        if sha256 in after and before[sha256] != after[sha256]
    ]


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


def _teller(watch: Watch) -> Callable[[Progress], None]:
    """Return what passes on how far learning is; its stages come one after the other, none longer than half of the rest."""
    seen: list[str] = []

    def tell(progress: Progress) -> None:
        watch.stage(progress.stage)
        if progress.stage not in seen:
            seen.append(progress.stage)
        start = 1 - 0.5 ** (len(seen) - 1)
        within = progress.done / max(1, progress.total) * 0.5 ** len(seen)
        watch.progress(HASHED + (LEARNT - HASHED) * (start + within))
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
