"""What the Train page is served with, beside `services`; a test can put its own in their place."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.jobs.health import check_jobs
from core.store import (
    DatasetStore,
    DeclinedModels,
    Job,
    JobKind,
    JobStore,
    Promotions,
    SplitStore,
    TrainedModels,
)
from pages._ui import services

if TYPE_CHECKING:
    from core.lesson import Lesson
    from core.training.at_hand import Depth
    from core.training.run_log import RunLog

AT_ONCE = 50  # photos that are compared while somebody waits for the page


@st.cache_resource(show_spinner=False)
def promotions() -> Promotions:
    """Which model answered when; what older versions wrote into a file is taken over first."""
    from core.serving import take_over_log

    found = Promotions(services.engine())
    take_over_log(services.settings(), found)
    return found


def declined() -> DeclinedModels:
    """Which models somebody decided not to let answer."""
    return DeclinedModels(services.engine())


def models() -> TrainedModels:
    """The models that came out of corrections."""
    return TrainedModels(services.engine())


def not_passed() -> set[str]:
    """Names of the taught models that the gate did not let pass."""
    return {model.name for model in models().all() if not model.passes}


def run_log() -> "RunLog":
    """What every training run was given, and what came of it."""
    from core.training.run_log import RunLog

    return RunLog(services.settings().runs)


def ask_about_flips(model_sha256: str) -> int:
    """Put the photos that a model answers differently before all others on the Review page; return how many.

    Those without a label that were chosen by chance stay where they are: taken out of turn, they could no longer say how
    often the model is right.
    """
    from core.review.queue import is_audit
    from core.review.second_look import flipped

    found = [
        one for one in models().flips(model_sha256)
        if not is_audit(one.sha256) or services.ledger().current(one.sha256) is not None
    ]  # fmt: skip
    places = flipped(found, models().shown(found))
    services.queue().place(places)
    services.queue().reopen(places)
    return len(places)


def datasets() -> DatasetStore:
    """What models learnt from."""
    return DatasetStore(services.engine())


def names(hashes: Sequence[str]) -> list[str]:
    """What photos are called: the name that they came with, or the start of their hash."""
    known = datasets().names(hashes)
    return [known.get(sha256) or sha256[:12] for sha256 in hashes]


def jobs() -> JobStore:
    """Long work."""
    return JobStore(services.engine())


def train_jobs() -> list[Job]:
    """All training jobs, oldest first; those whose process is gone say so."""
    found = check_jobs(jobs(), services.settings().data, at=services.now())
    return [job for job in found if job.kind is JobKind.TRAIN]


def lesson(*, bulk: bool) -> "Lesson":
    """What a model would learn from now; no photo is given a split for that.

    If only a few photos wait to be compared with the others, that is done at once; else the job does it.
    """
    from core.lesson import hash_photos

    splits = SplitStore(services.engine())
    if 0 < len(splits.without_hash()) <= AT_ONCE:
        hash_photos(splits, services.library())
    return _lesson(bulk, datasets().position(), services.taxonomy().sha256())


@st.cache_resource(show_spinner=False, max_entries=2)
def _lesson(bulk: bool, position: tuple[int, int], taxonomy_sha256: str) -> "Lesson":
    from core.lesson import plan_lesson
    from core.training.selection import Policy

    splits, library = SplitStore(services.engine()), services.library()
    found, _ = plan_lesson(datasets(), splits, library, services.taxonomy(), Policy(bulk=bulk))
    return found


def request_training(*, bulk: bool, depth: "Depth", by: str) -> int:
    """Queue a training job and start the process that does it."""
    from core.jobs.start import request

    payload = {"bulk": bulk, "depth": depth}
    return request(jobs(), JobKind.TRAIN, payload, services.settings(), by=by, at=services.now())


def go_on() -> None:
    """See that somebody does the queued jobs."""
    from core.jobs.start import go_on

    go_on(jobs(), services.settings())
