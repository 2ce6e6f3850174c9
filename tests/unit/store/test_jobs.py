"""Jobs as rows."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import StoreError
from core.store import JobKind, JobState, JobStore, open_database
from core.store.jobs import LOG_KEPT

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=3)


@pytest.fixture
def store(tmp_path) -> JobStore:
    return JobStore(open_database(f"sqlite:///{tmp_path / 'fieldmark.db'}"))


def submit(store: JobStore, host: str = "here", **payload: object) -> int:
    return store.submit(JobKind.TRAIN, payload, by="ada", host=host, at=NOW)


def test_jobs_are_done_in_their_order_by_the_machine_that_wants_them(store: JobStore) -> None:
    first, _, third = submit(store), submit(store, "there", bulk=True), submit(store, bulk=False)
    claimed = store.claim(host="here", pid=7, at=LATER)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.pid, claimed.heartbeat_at) == (
        first,
        JobState.RUNNING,
        7,
        LATER,
    )
    second = store.claim(host="here", pid=7, at=LATER)
    assert second is not None
    assert second.id == third
    assert store.claim(host="here", pid=7, at=LATER) is None


def test_the_same_wish_is_not_doubled_while_it_is_open(store: JobStore) -> None:
    number = submit(store)
    assert submit(store) == number
    store.cancel(number, at=LATER)
    assert submit(store) != number


def test_a_beat_says_how_far_it_is_and_hears_of_a_cancel(store: JobStore) -> None:
    number = submit(store)
    store.claim(host="here", pid=7, at=NOW)
    assert not store.beat(
        number, at=LATER, stage="learning", progress=0.5, curve=[{"step": 1}], log="x" * 9999
    )
    job = store.get(number)
    assert (job.stage, job.progress, job.heartbeat_at) == ("learning", 0.5, LATER)
    assert len(job.log) == LOG_KEPT
    assert store.cancel(number, at=LATER).state is JobState.RUNNING
    assert store.beat(number, at=LATER)


def test_how_it_ended_is_kept_and_not_overwritten(store: JobStore) -> None:
    number = submit(store)
    store.claim(host="here", pid=7, at=NOW)
    store.end(number, JobState.DONE, at=LATER, result={"model": "m"})
    store.end(number, JobState.STOPPED, at=LATER, problem="too late")
    job = store.get(number)
    assert (job.state, job.result, job.problem, job.progress) == (JobState.DONE, {"model": "m"}, "", 1.0)
    with pytest.raises(StoreError, match="is done already"):
        store.cancel(number, at=LATER)
    with pytest.raises(StoreError, match="only one that ended early"):
        store.resume(number)


@pytest.mark.parametrize("state", [JobState.STOPPED, JobState.FAILED, JobState.CANCELLED])
def test_what_ended_early_can_go_on(store: JobStore, state: JobState) -> None:
    number = submit(store)
    store.claim(host="here", pid=7, at=NOW)
    store.cancel(number, at=NOW)
    store.end(number, state, at=LATER, problem="power cut")
    assert store.resume(number).state is JobState.QUEUED
    again = store.claim(host="here", pid=8, at=LATER)
    assert again is not None
    assert (again.id, again.cancel, again.problem) == (number, False, "")


def test_what_is_not_there_is_said(store: JobStore) -> None:
    with pytest.raises(StoreError, match="no job 5"):
        store.get(5)
    assert store.all() == []
