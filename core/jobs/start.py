"""Asking for a job, and starting the process that does it."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from core.settings import ROOT, Settings
from core.store import JobKind, JobState, JobStore

LOG = "jobs.log"
COMMAND = (sys.executable, "-m", "core", "jobs", "work")
_started: list[subprocess.Popen[bytes]] = []  # so that ended ones can be reaped


def request(
    store: JobStore,
    kind: JobKind,
    payload: Mapping[str, Any],
    settings: Settings,
    *,
    by: str,
    at: datetime,
) -> int:
    """Queue a job, see that somebody does it, and return its number.

    Raises:
        StoreError: The database refuses.
    """
    number = store.submit(kind, payload, by=by, host=platform.node(), at=at)
    start_worker(settings)
    return number


def go_on(store: JobStore, settings: Settings) -> None:
    """Start a worker if jobs of this machine wait: the one before may have been killed."""
    host = platform.node()
    if any(job.state is JobState.QUEUED and job.host == host for job in store.all()):
        start_worker(settings)


def start_worker(settings: Settings) -> None:
    """Start a process that does all queued jobs and outlives this one; if there is one already, it ends at once."""
    _started[:] = [process for process in _started if process.poll() is None]
    if _started:
        return
    settings.data.mkdir(parents=True, exist_ok=True)
    with (settings.data / LOG).open("ab") as log:
        _started.append(
            subprocess.Popen(
                COMMAND, cwd=ROOT, env=_environment(settings), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )
        )  # fmt: skip


def _environment(settings: Settings) -> dict[str, str]:
    """Return our environment, with the folders of these settings as they are seen from anywhere."""
    given = {"FIELDMARK_DATA": str(settings.data.resolve()), "FIELDMARK_DATABASE_URL": settings.database}
    if settings.database.startswith("sqlite:///"):
        file = Path(settings.database.removeprefix("sqlite:///"))
        given["FIELDMARK_DATABASE_URL"] = f"sqlite:///{file.resolve()}"
    return os.environ | given | {"FIELDMARK_SPECIES_INFO": str(settings.species_info.resolve())}
