"""Real processes do jobs, die, and are followed by others."""

import itertools
import os
import platform
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.jobs.health import STOPPED, check_jobs
from core.settings import ROOT
from core.store import Job, JobKind, JobState, JobStore, open_database


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(open_database(f"sqlite:///{tmp_path / 'fieldmark.db'}"))


@pytest.fixture
def start(tmp_path: Path):
    started = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.unit.jobs.handlers", str(tmp_path)]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def submit(store: JobStore, file: Path, to: int = 5, **more: object) -> int:
    payload = {"file": str(file), "to": to, **more}
    return store.submit(JobKind.TRAIN, payload, by="ada", host=platform.node(), at=now())


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def job(store: JobStore, number: int) -> Job:
    return store.get(number)


def test_jobs_are_done_one_after_the_other_and_only_by_one_process(store, start, tmp_path: Path) -> None:
    numbers = [submit(store, tmp_path / f"{n}", to=30) for n in range(3)]
    workers = [start(), start()]
    said = sorted(worker.communicate(timeout=60)[0].decode().strip() for worker in workers)
    # The second waits for the first to end, or gives up; in no case do two work at once.
    assert said in (["3", "None"], ["0", "3"])
    spans = [(job(store, n).started_at, job(store, n).ended_at) for n in numbers]
    assert all(done.state is JobState.DONE for done in map(store.get, numbers))
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@pytest.mark.parametrize(("wish", "problem"), [
    ("known", "as planned"), ("disk", "the disk is full"), ("defect", "made Fieldmark stumble"),
])  # fmt: skip
def test_a_job_that_fails_says_why_and_the_next_is_done(store, start, tmp_path: Path, wish, problem) -> None:
    bad, good = submit(store, tmp_path / "a", **{"raise": wish}), submit(store, tmp_path / "b")
    start().communicate(timeout=60)
    assert job(store, bad).state is JobState.FAILED
    assert problem in job(store, bad).problem
    assert problem in job(store, bad).log
    assert job(store, good).state is JobState.DONE


def test_progress_is_told_while_it_works_and_a_cancel_is_heard(store, start, tmp_path: Path) -> None:
    number = submit(store, tmp_path / "a", to=100_000)
    worker = start()
    wait_for(lambda: job(store, number).progress > 0 and bool(job(store, number).curve))
    running = job(store, number)
    assert running.state is JobState.RUNNING
    assert running.pid == worker.pid
    assert running.stage == "counting"
    assert check_jobs(store, tmp_path, at=now())[0].state is JobState.RUNNING
    store.cancel(number, at=now())
    worker.communicate(timeout=30)
    assert job(store, number).state is JobState.CANCELLED


def test_a_cancelled_job_that_is_killed_is_cancelled(store, start, tmp_path: Path) -> None:
    number = submit(store, tmp_path / "a", to=100_000)
    worker = start()
    wait_for(lambda: job(store, number).state is JobState.RUNNING)
    os.killpg(worker.pid, signal.SIGSTOP)
    store.cancel(number, at=now())
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    assert check_jobs(store, tmp_path, at=now())[0].state is JobState.CANCELLED


def test_killed_at_ten_moments_it_says_so_and_goes_on_from_where_it_was(store, start, tmp_path: Path) -> None:
    rng = random.Random(20261121)
    number = submit(store, tmp_path / "count", to=160)
    reached = 0
    for _ in range(10):
        worker = start()
        wait_for(lambda: job(store, number).state is JobState.RUNNING)
        time.sleep(rng.uniform(0, 0.25))
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()  # a zombie has its pid still; the lock tells
        (found,) = check_jobs(store, tmp_path, at=now())
        if found.state is JobState.DONE:
            break
        assert found.state is JobState.STOPPED
        assert found.problem == STOPPED
        now_at = int((tmp_path / "count").read_text()) if (tmp_path / "count").exists() else 0
        assert now_at >= reached
        reached = now_at
        store.resume(number)
    start().communicate(timeout=60)
    done = job(store, number)
    assert done.state is JobState.DONE
    assert done.result == {"began": reached, "reached": 160}
    assert reached > 0


def test_a_killed_worker_leaves_the_queue_to_the_next(store, start, tmp_path: Path) -> None:
    first, second = submit(store, tmp_path / "a", to=100_000), submit(store, tmp_path / "b")
    worker = start()
    wait_for(lambda: job(store, first).state is JobState.RUNNING)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    start().communicate(timeout=60)
    assert job(store, first).state is JobState.STOPPED
    assert job(store, second).state is JobState.DONE
