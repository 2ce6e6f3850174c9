"""A worker process of its own for the tests: its jobs count slowly to a number, and remember how far they came."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from core.errors import StoreError, TrainingCancelled
from core.jobs.watch import Watch
from core.jobs.worker import work
from core.media.library import write_whole
from core.store import Job, JobKind, JobStore, open_database

STEP_S = 0.01


def count(job: Job, watch: Watch) -> dict[str, int]:
    """Count to `to`, going on from the file that a killed run left; raise what the payload asks for."""
    if wish := job.payload.get("raise"):
        raise {"known": StoreError("as planned"), "disk": OSError(28, "full")}.get(wish) or ZeroDivisionError(
            wish
        )
    path = Path(job.payload["file"])
    reached = int(path.read_text()) if path.exists() else 0
    began = reached
    watch.stage("counting")
    while reached < job.payload["to"]:
        if watch.is_cancelled():
            raise TrainingCancelled("cancelled")
        time.sleep(STEP_S)
        reached += 1
        write_whole(path, str(reached).encode())
        watch.progress(reached / job.payload["to"])
        watch.point(step=reached)
    return {"began": began, "reached": reached}


if __name__ == "__main__":
    data = Path(sys.argv[1])
    store = JobStore(open_database(f"sqlite:///{data / 'fieldmark.db'}"))
    print(work(store, data, {JobKind.TRAIN: count}, now=lambda: datetime.now(UTC)), flush=True)
