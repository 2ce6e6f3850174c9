"""Whether the process behind a running job is still there."""

import platform
from datetime import datetime, timedelta
from pathlib import Path

from core.jobs.lock import sole_worker
from core.store import Job, JobState, JobStore

SILENT = timedelta(minutes=2)  # without a heartbeat, after which another machine counts as gone
QUIET = timedelta(seconds=15)  # after which a job of this machine is shown as not answering
STOPPED = "its process ended without a word: the computer was switched off, or it was stopped from outside"


def check_jobs(store: JobStore, data: Path, *, at: datetime) -> list[Job]:
    """Return all jobs, oldest first, after marking those whose process is gone as stopped.

    A worker of this machine holds a lock for as long as it lives, so a free lock is a proof; of other machines only the
    heartbeat is known.
    """
    jobs = store.all()
    host = platform.node()
    running = [job for job in jobs if job.state is JobState.RUNNING]
    if any(job.host != host and _is_silent(job, at) for job in running):
        _mark([job for job in running if job.host != host and _is_silent(job, at)], store, at)
        jobs = store.all()
    if any(job.host == host for job in running):
        with sole_worker(data) as nobody_works:
            if nobody_works:
                mark_stopped(store, host=host, at=at)
                jobs = store.all()
    return jobs


def mark_stopped(store: JobStore, *, host: str, at: datetime) -> None:
    """Mark the running jobs of this machine as stopped; only who holds the lock knows that."""
    _mark([job for job in store.all() if job.state is JobState.RUNNING and job.host == host], store, at)


def is_quiet(job: Job, at: datetime) -> bool:
    """Whether a running job has not been heard of for a while: very busy, or suspended."""
    return job.state is JobState.RUNNING and job.heartbeat_at is not None and at - job.heartbeat_at > QUIET


def _is_silent(job: Job, at: datetime) -> bool:
    return job.heartbeat_at is None or at - job.heartbeat_at > SILENT


def _mark(jobs: list[Job], store: JobStore, at: datetime) -> None:
    for job in jobs:
        state = JobState.CANCELLED if job.cancel else JobState.STOPPED
        store.end(job.id, state, at=at, problem="" if job.cancel else STOPPED)
