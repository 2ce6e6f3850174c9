"""Whether somebody still works."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.jobs.health import QUIET, SILENT, STOPPED, check_jobs, is_quiet, mark_stopped
from core.jobs.lock import sole_worker
from core.store import JobKind, JobState, JobStore, open_database

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(open_database(f"sqlite:///{tmp_path / 'fieldmark.db'}"))


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "here")


def run_on(store: JobStore, host: str) -> None:
    store.submit(JobKind.TRAIN, {"on": host}, by="ada", host=host, at=NOW)
    assert store.claim(host=host, pid=1, at=NOW)


def test_a_free_lock_is_a_proof(store: JobStore, tmp_path: Path) -> None:
    run_on(store, "here")
    with sole_worker(tmp_path) as is_ours:
        assert is_ours
        # As from another process: somebody holds the lock, so somebody works, however long ago the beat.
        assert check_with_held_lock(store, tmp_path)[0].state is JobState.RUNNING
    (found,) = check_jobs(store, tmp_path, at=NOW)
    assert (found.state, found.problem) == (JobState.STOPPED, STOPPED)


def check_with_held_lock(store: JobStore, data: Path):
    import subprocess
    import sys

    code = (
        "import platform, sys; platform.node = lambda: 'here'\n"
        "from datetime import datetime, UTC; from pathlib import Path\n"
        "from core.jobs.health import check_jobs; from core.store import JobStore, open_database\n"
        "data = Path(sys.argv[1])\n"
        "check_jobs(JobStore(open_database(f'sqlite:///{data / \"fieldmark.db\"}')), data, at=datetime.now(UTC))"
    )
    subprocess.run([sys.executable, "-c", code, str(data)], check=True)
    return store.all()


def test_another_machine_is_judged_by_its_silence(store: JobStore, tmp_path: Path) -> None:
    run_on(store, "there")
    assert check_jobs(store, tmp_path, at=NOW + SILENT)[0].state is JobState.RUNNING
    late = NOW + SILENT + timedelta(seconds=1)
    assert check_jobs(store, tmp_path, at=late)[0].state is JobState.STOPPED


def test_only_our_own_jobs_are_marked(store: JobStore) -> None:
    run_on(store, "here")
    run_on(store, "there")
    mark_stopped(store, host="here", at=NOW)
    assert [job.state for job in store.all()] == [JobState.STOPPED, JobState.RUNNING]


def test_who_has_not_been_heard_of_for_a_while_is_quiet(store: JobStore) -> None:
    run_on(store, "here")
    (job,) = store.all()
    assert not is_quiet(job, NOW + QUIET)
    assert is_quiet(job, NOW + 2 * QUIET)
