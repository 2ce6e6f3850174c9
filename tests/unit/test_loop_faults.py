"""Killed at ten moments, the job, the app, or both: no label is lost, no half model is listed or served."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.jobs.health import check_jobs
from core.model import read_bundle
from core.model.registry import installed
from core.serving import served_folder
from core.settings import ROOT, Settings
from core.store import JobState, JobStore, open_database
from core.store.backups import check_file, check_labels
from tests.demo.world import NAME

SEED, MOMENTS = 20261121, 10


@pytest.fixture
def house(drawn_house: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("FIELDMARK_MODEL", raising=False)
    return drawn_house


class App:
    """The process that asks and labels, in a session of its own, as an app is."""

    def __init__(self, settings: Settings) -> None:
        command = [sys.executable, "-m", "tests.unit.busy_house", str(settings.data)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("job")

    def kill(self) -> set[str]:
        """End it at once; return the labels that it had said were safe."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        out, _ = self.process.communicate()
        said = (line.split() for line in out.splitlines())  # the last may be torn: that one was not said
        return {words[1] for words in said if len(words) == 2 and words[0] == "label" and len(words[1]) == 36}


def settled(store: JobStore, data: Path, allowed: set[JobState]) -> JobState:
    """Return the newest job's state once it is a clear one; a worker that waited may have to say it first."""
    deadline = time.monotonic() + 10
    while (state := check_jobs(store, data, at=datetime.now(UTC))[-1].state) not in allowed:
        assert time.monotonic() < deadline, state
        time.sleep(0.1)
    return state


def wait_until_it_works(store: JobStore) -> None:
    deadline = time.monotonic() + 60
    while not any(job.state is JobState.RUNNING for job in store.all()):
        if store.all()[-1].state is not JobState.QUEUED:
            return
        assert time.monotonic() < deadline
        time.sleep(0.01)


def check_house(settings: Settings, store: JobStore, safe: set[str]) -> None:
    """Everything that must hold whenever somebody looks."""
    database = Path(settings.database.removeprefix("sqlite:///"))
    assert check_file(database) == []
    with store._engine.connect() as connection:
        kept = set(connection.exec_driver_sql("SELECT id FROM label_event").scalars())
    assert safe <= kept, "a label that was acknowledged is gone"
    for model in installed(settings.own_models):
        assert model.bundle is not None, f"{model.name} is listed and not whole: {model.problem}"
        read_bundle(model.folder)  # hashes agree
    assert served_folder(settings).name == NAME, "nothing promotes itself"


@pytest.mark.timeout(900)  # forty processes are started, each of which loads a network
def test_killed_at_ten_moments(house: Settings) -> None:
    rng = random.Random(SEED)
    store = JobStore(open_database(house.database))
    safe: set[str] = set()
    states = []
    for turn in range(MOMENTS):
        app = App(house)
        wait_until_it_works(store)
        time.sleep(rng.uniform(0.0, 3.0))
        job = store.all()[-1]
        if (what := ("job", "app", "both")[turn % 3]) != "app" and job.pid:
            with suppress(ProcessLookupError):
                os.killpg(job.pid, signal.SIGKILL)
        safe |= app.kill()
        check_house(house, store, safe)
        allowed = {JobState.QUEUED, JobState.DONE, JobState.RUNNING if what == "app" else JobState.STOPPED}
        states.append(settled(store, house.data, allowed))
    assert JobState.STOPPED in states
    assert safe
    finish(house, store)
    check_house(house, store, safe)
    assert check_labels(house.database) == []
    taught = [model.name for model in installed(house.own_models) if model.name != NAME]
    done = [job.result["model"] for job in store.all() if job.state is JobState.DONE and job.result]
    assert sorted(taught) == sorted(done)
    assert not list((house.data / "jobs").glob("*/model/*"))


def finish(settings: Settings, store: JobStore) -> None:
    """Let whatever waits or stopped come to its end, in a process as always."""
    deadline = time.monotonic() + 120
    while True:
        for job in check_jobs(store, settings.data, at=datetime.now(UTC)):
            if job.state is JobState.STOPPED:
                store.resume(job.id)
        if all(job.state is JobState.DONE for job in store.all()):
            return
        assert time.monotonic() < deadline
        subprocess.run(
            [sys.executable, "-m", "core", "jobs", "work"], cwd=ROOT, check=True, capture_output=True,
            env={**os.environ, "FIELDMARK_DATA": str(settings.data)},
        )  # fmt: skip
