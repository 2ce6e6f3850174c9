"""The service: what each kind of job does, with everything that it needs from the settings."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import MediaError, TrainingCancelled
from core.evaluation.judge import known_photos, make_report, write_report
from core.evaluation.predictions import predict_photos
from core.identify import Request, identify, model_identity, save_to
from core.jobs.watch import Watch
from core.jobs.worker import Handler
from core.lesson import hash_photos, plan_lesson
from core.media import MediaLibrary, find_photos
from core.media.embeddings import EmbeddingStore
from core.media.previews import DECODE_SIDE, Previews
from core.model import read_bundle
from core.model.loading import load_classifier
from core.serving import served_folder
from core.settings import Settings
from core.species import load_cards, load_taxonomy
from core.species.explore import THREATENED
from core.species.versions import TaxonomyVersions
from core.store import (
    DatasetStore,
    Job,
    JobKind,
    Ledger,
    PhotoHashes,
    Promotions,
    SplitStore,
    TrainedModels,
    open_database,
)
from core.taxonomy import BLANK
from core.teach import Surroundings, teach
from core.training.manifest import LabelledPhoto
from core.training.selection import Policy


def handlers(settings: Settings, *, now: Callable[[], datetime]) -> Mapping[JobKind, Handler]:
    """Return what does each kind of job; models and cards are read when a job needs them."""

    def train(job: Job, watch: Watch) -> Mapping[str, Any]:
        return teach(job, watch, surroundings(settings, now))

    return {
        JobKind.TRAIN: train,
        JobKind.IDENTIFY: lambda job, watch: identify_folder(job, watch, settings, now),
        JobKind.EVALUATE: lambda job, watch: judge_served(watch, surroundings(settings, now)),
    }


def surroundings(settings: Settings, now: Callable[[], datetime]) -> Surroundings:
    """Open what a training run needs."""
    engine = open_database(settings.database)
    cards = load_cards(settings.species_info)
    versions = TaxonomyVersions(settings.data / "taxonomies")
    number = versions.in_use()
    return Surroundings(
        settings=settings,
        datasets=DatasetStore(engine),
        splits=SplitStore(engine),
        models=TrainedModels(engine),
        library=MediaLibrary(settings.data / "media"),
        taxonomy=versions.load(number) if number else load_taxonomy(cards, settings.species_info),
        base=served_folder(settings, Promotions(engine)),
        threatened=frozenset(card.taxon for card in cards.values() if card.iucn in THREATENED),
        now=now,
    )


def identify_folder(
    job: Job, watch: Watch, settings: Settings, now: Callable[[], datetime]
) -> Mapping[str, Any]:
    """Identify a folder and keep photos and predictions; what this model has seen before is left out.

    Args:
        job: Its payload names the `folder`.

    Raises:
        TrainingCancelled: Somebody asked for an end; what is done by then stays done.
        MediaError: There is no such folder.
    """
    watch.stage("looking for photos")
    folder = Path(job.payload["folder"])
    if not folder.is_dir():
        raise MediaError("not_found", f"there is no folder {folder}")
    engine = open_database(settings.database)
    ledger, library = Ledger(engine), MediaLibrary(settings.data / "media")
    classifier = load_classifier(read_bundle(served_folder(settings, Promotions(engine))))
    model = model_identity(classifier.bundle)
    found = list(find_photos(folder))
    known = {path for path in found if _is_known(path, ledger, model.weights_sha256)}
    waiting = [path for path in found if path not in known]
    save = save_to(
        ledger, library, model, door="cli", now=now, previews=Previews(settings.data / "previews", library),
        embeddings=EmbeddingStore(settings.embeddings, model.weights_sha256), hashes=PhotoHashes(engine),
    )  # fmt: skip
    watch.stage(f"identifying {len(waiting)} photos")
    failed = 0
    request = Request(min_side=DECODE_SIDE)
    run = identify(waiting, classifier, request, save=save, is_cancelled=watch.is_cancelled)
    for done, item in enumerate(run, 1):
        failed += item.answer is None
        watch.progress(done / len(waiting))
    if watch.is_cancelled():
        raise TrainingCancelled("cancelled; what was identified stays")
    text = f"{len(waiting) - failed} photos identified, {len(known)} were known, {failed} cannot be used"
    return {"sentence": text, "identified": len(waiting) - failed, "known": len(known), "failed": failed}


def judge_served(watch: Watch, around: Surroundings) -> Mapping[str, Any]:
    """Judge the model that answers on the labelled photos that no model learns from, and write a report.

    Raises:
        ManifestError: There are none of species that it knows.
    """
    watch.stage("looking for photos that no model learns from")
    hash_photos(around.splits, around.library)
    lesson, keep = plan_lesson(around.datasets, around.splits, around.library, around.taxonomy, Policy())
    keep(around.now())
    bundle = read_bundle(around.base)
    photos = [
        LabelledPhoto(around.library.path(row.sha256), row.taxon or BLANK, "test", lesson.groups[row.sha256])
        for row in lesson.used("val", "test")
    ]
    photos = known_photos(bundle, photos)
    watch.stage(f"judging on {len(photos)} photos")
    found = predict_photos(
        load_classifier(bundle), photos, on_progress=lambda done, total: watch.progress(done / total)
    )
    report = make_report(found, bundle, split="test", root=around.library.folder, made=around.now().date())
    page = write_report(report, around.settings.data / "evaluations" / f"own-{around.base.name}")
    text = f"{report.all.accuracy:.1%} of {report.photos} photos of yours are right; the report is {page}"
    return {"sentence": text, "scores": asdict(report.all), "page": str(page)}


def _is_known(path: Path, ledger: Ledger, model_sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return False  # identifying it will say what is wrong
    return any(one.model_sha256 == model_sha256 for one in ledger.predictions(sha256))
