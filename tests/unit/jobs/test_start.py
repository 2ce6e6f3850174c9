"""A worker is started when one is needed, and outlives who started it."""

import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.jobs import start
from core.settings import ROOT, Settings
from core.store import JobKind, JobState, JobStore, open_database


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """What would have been started runs something short."""
    processes: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr(
        start, "COMMAND", (sys.executable, "-c", "import os; print(os.environ['FIELDMARK_DATA'])")
    )
    monkeypatch.setattr(start, "_started", processes)
    return processes


def test_a_request_is_queued_and_somebody_is_started(settings: Settings, started) -> None:
    store = JobStore(open_database(settings.database))
    number = start.request(store, JobKind.TRAIN, {}, settings, by="ada", at=now())
    (process,) = started
    process.wait()
    assert store.get(number).host == platform.node()
    assert (settings.data / start.LOG).read_text().strip() == str(settings.data.resolve())
    assert os.getsid(0) != process.pid


def test_only_one_is_started_at_a_time_and_none_without_work(settings: Settings, started) -> None:
    store = JobStore(open_database(settings.database))
    start.go_on(store, settings)
    assert started == []
    store.submit(JobKind.TRAIN, {}, by="ada", host=platform.node(), at=now())
    start.go_on(store, settings)
    start.go_on(store, settings)
    (first,) = started
    first.wait()
    start.go_on(store, settings)
    assert len(started) == 1, "the ended one is forgotten"
    assert started[0] is not first
    started[0].wait()


def test_the_job_is_done_after_the_asker_was_killed(tmp_path: Path) -> None:
    """An evaluation without any label fails at once, which is enough to see that somebody tried."""
    code = (
        "import time\nfrom datetime import datetime, UTC\n"
        "from core.jobs.start import request\nfrom core.settings import Settings\n"
        "from core.store import JobKind, JobStore, open_database\n"
        "settings = Settings()\n"
        "request(JobStore(open_database(settings.database)), JobKind.EVALUATE, {}, settings, by='x', at=datetime.now(UTC))\n"
        "print('asked', flush=True)\ntime.sleep(60)"
    )
    environment = os.environ | {"FIELDMARK_DATA": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    ) as asker:
        assert asker.stdout is not None
        assert asker.stdout.readline() == b"asked\n"
        asker.kill()
        asker.wait()
    store = JobStore(open_database(f"sqlite:///{tmp_path / 'fieldmark.db'}"))
    deadline = time.monotonic() + 60
    while store.get(1).state in (JobState.QUEUED, JobState.RUNNING):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert store.get(1).state is JobState.FAILED
    assert "no photo of this split shows a species" in store.get(1).problem
