"""The way from mistakes to a better model and back, through the code that people use."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from core.correct import kind_of, submit
from core.identify import Upload, identify, model_identity, save_to
from core.jobs.health import check_jobs
from core.jobs.start import request
from core.media import MediaLibrary
from core.model import read_bundle
from core.model.loading import load_classifier
from core.serving import previous, served_folder, switch_to
from core.settings import Settings
from core.store import EventKind, JobKind, JobState, JobStore, LabelEvent, Ledger, open_database
from tests.demo.world import NAME, ZEBRA, Drawn, make_model, new_place

PATIENCE_S = 240


def now() -> datetime:
    """Return the current time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo of the new place, and what the model in use says about it."""

    photo: Drawn
    sha256: str
    prediction: int
    displayed: str | None
    best: str


def look(settings: Settings, ledger: Ledger, photos: Iterable[Drawn]) -> list[Seen]:
    """Identify and keep photos, as an upload does."""
    classifier = load_classifier(read_bundle(served_folder(settings)))
    save = save_to(
        ledger, MediaLibrary(settings.data / "media"), model_identity(classifier.bundle), door="app", now=now
    )
    photos, seen = list(photos), []
    numbers: list[int | None] = []
    uploads = [Upload(photo.name, photo.data) for photo in photos]
    found = identify(uploads, classifier, save=lambda item, data: numbers.append(save(item, data)))
    for photo, item in zip(photos, found, strict=True):
        assert item.answer is not None and item.sha256 is not None, item.error  # noqa: PT018
        displayed = item.answer.taxon.id if item.answer.taxon else None
        number = numbers[len(seen)]
        assert number is not None
        seen.append(Seen(photo, item.sha256, number, displayed, item.answer.candidates[0].taxon.id))
    return seen


def say(ledger: Ledger, seen: Seen, label: str, by: str) -> LabelEvent:
    """Label a photo as a click does."""
    event = LabelEvent(
        id=uuid4(), sha256=seen.sha256, kind=kind_of(label, seen.displayed), annotator=by, acted_at=now(), taxon=label,
        shown_prediction=seen.prediction, shown_taxon=seen.displayed, session="demo",
    )  # fmt: skip
    submit(ledger, event, received_at=now())
    return event


def correct(ledger: Ledger, seen: list[Seen]) -> int:
    """Correct every photo, one of them wrongly first; return how many corrections there are."""
    slip = say(ledger, seen[0], ZEBRA, "Otieno")
    undo = LabelEvent(
        id=uuid4(),
        sha256=slip.sha256,
        kind=EventKind.UNDO,
        annotator="Otieno",
        acted_at=now(),
        undoes=slip.id,
    )
    ledger.append(undo, received_at=now())
    said = [say(ledger, one, one.photo.label, "Wanjiru") for one in seen]
    return sum(event.kind is EventKind.ASSERT for event in said)


def train(settings: Settings, store: JobStore) -> dict:
    """Let a process of its own train, and wait for it as the page does."""
    number = request(store, JobKind.TRAIN, {"bulk": False}, settings, by="Wanjiru", at=now())
    shown, deadline = "", time.monotonic() + PATIENCE_S
    while True:
        job = next(job for job in check_jobs(store, settings.data, at=now()) if job.id == number)
        if job.stage and job.stage != shown:
            shown = job.stage
            print(f"  {shown}", flush=True)
        if job.state is JobState.DONE and job.result is not None:
            return dict(job.result)
        if job.state not in (JobState.QUEUED, JobState.RUNNING) or time.monotonic() > deadline:
            raise SystemExit(f"the job did not come to an end: {job.state.value} {job.problem}\n{job.log}")
        time.sleep(0.2)


def run(data: Path) -> dict:
    """Walk the whole way in a data folder of its own."""
    began = time.monotonic()
    for name in [name for name in os.environ if name.startswith("FIELDMARK_")]:
        del os.environ[name]  # nobody's real folder, model or database
    os.environ["FIELDMARK_DATA"] = str(data)
    settings = Settings()
    print("drawing animals and training a first model on them", flush=True)
    make_model(settings, at=now())
    engine = open_database(settings.database)
    ledger = Ledger(engine)
    seen = look(settings, ledger, new_place())
    wrong = sum(one.best != one.photo.label for one in seen)
    print(f"at a new place it is wrong about {wrong} of {len(seen)} photos; correcting them", flush=True)
    corrections = correct(ledger, seen)
    result = train(settings, JobStore(engine))
    print(result["sentence"], flush=True)
    figures = {one["name"]: one for one in result["changes"]}["macro-F1"]
    promoted = rolled_back = False
    if result["passes"]:
        print(switch_to(result["model"], settings, by="Wanjiru", at=now()), flush=True)
        promoted = served_folder(settings).name == result["model"]
        better = sum(one.best != one.photo.label for one in look(settings, ledger, new_place()))
        print(f"the new model is wrong about {better} of {len(seen)}", flush=True)
        print(switch_to(previous(settings), settings, by="Wanjiru", at=now()), flush=True)
        rolled_back = served_folder(settings).name == NAME
    engine.dispose()
    return {
        "corrections": corrections,
        "before": round(figures["old"], 4),
        "after": round(figures["new"], 4),
        "promoted": promoted,
        "rolled_back": rolled_back,
        "seconds": round(time.monotonic() - began, 1),
    }
