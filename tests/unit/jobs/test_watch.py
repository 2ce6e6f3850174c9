"""What a job tells of itself."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import StoreError
from core.jobs.watch import Watch
from core.store import Job, JobKind, JobStore, open_database

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(open_database(f"sqlite:///{tmp_path / 'fieldmark.db'}"))


@pytest.fixture
def job(store: JobStore) -> Job:
    store.submit(JobKind.TRAIN, {}, by="ada", host="here", at=NOW)
    job = store.claim(host="here", pid=1, at=NOW)
    assert job is not None
    return job


def test_all_of_it_is_in_the_database_at_the_end(store: JobStore, job: Job) -> None:
    with Watch(store, job, now=lambda: NOW, beat_s=60) as watch:
        watch.stage("looking")
        watch.tell()
        watch.stage("looking")
        watch.say("so far so good")
        watch.progress(0.25)
        watch.point(step=1, loss=2.5)
        watch.progress(1.5)
    told = store.get(job.id)
    assert told.log == "09:30:00 looking\n09:30:00 so far so good\n"
    assert told.stage == "looking"
    assert told.progress == 1.0
    assert told.curve == [{"step": 1, "loss": 2.5}]
    assert told.remaining_s == 0.0


def test_a_database_that_refuses_does_not_end_the_work(
    store: JobStore, job: Job, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Watch(store, job, now=lambda: NOW)
    beat = store.beat
    with monkeypatch.context() as patch:
        patch.setattr(store, "beat", lambda *args, **more: (_ for _ in ()).throw(StoreError("full")))
        watch.stage("learning")
        watch.tell()
    assert "could not be kept: full" in caplog.text
    monkeypatch.setattr(store, "beat", beat)
    watch.tell()
    assert store.get(job.id).stage == "learning"


def test_a_cancel_is_heard_with_the_next_beat(store: JobStore, job: Job) -> None:
    watch = Watch(store, job, now=lambda: NOW)
    watch.tell()
    assert not watch.is_cancelled()
    store.cancel(job.id, at=NOW)
    watch.tell()
    assert watch.is_cancelled()
