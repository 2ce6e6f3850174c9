"""The process that does the jobs, one after the other."""

import errno
import logging
import os
import platform
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import FieldmarkError, StoreError, TrainingCancelled
from core.jobs.health import mark_stopped
from core.jobs.lock import sole_worker
from core.jobs.watch import Watch
from core.store import Job, JobKind, JobState, JobStore

log = logging.getLogger("fieldmark")
START_S = 5.0  # to wait for another worker that is about to end, or for a look at whether there is one
Handler = Callable[[Job, Watch], Mapping[str, Any]]


def work(
    store: JobStore, data: Path, handlers: Mapping[JobKind, Handler], *, now: Callable[[], datetime]
) -> int | None:
    """Do all queued jobs of this machine; return how many, `None` if another worker is at it.

    A job whose process ended without a word is marked as stopped first. A handler that raises fails its own job only;
    one that is cancelled raises `TrainingCancelled`.
    """
    with sole_worker(data, wait_s=START_S) as is_ours:
        if not is_ours:
            return None
        host, done = platform.node(), 0
        mark_stopped(store, host=host, at=now())
        while (job := store.claim(host=host, pid=os.getpid(), at=now())) is not None:
            _do(job, store, handlers, now)
            done += 1
        return done


def _do(job: Job, store: JobStore, handlers: Mapping[JobKind, Handler], now: Callable[[], datetime]) -> None:
    state, result, problem = JobState.FAILED, None, ""
    with Watch(store, job, now=now) as watch:
        try:
            result = handlers[job.kind](job, watch)
            state = JobState.DONE
        except TrainingCancelled:
            state = JobState.CANCELLED
        except FieldmarkError as error:
            problem = str(error)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            problem = "the disk is full; make room and let it go on" if full else f"cannot go on: {error}"
        except Exception as error:  # a defect of ours: the next job must not suffer
            log.exception("job %d", job.id)
            problem = (
                f"made Fieldmark stumble ({type(error).__name__}: {error}); please report it with the log"
            )
        if problem:
            watch.say(problem)
    try:
        store.end(job.id, state, at=now(), result=result, problem=problem)
    except StoreError as error:  # the row stays "running"; whoever looks next finds no process behind it
        log.error("the end of job %d could not be kept: %s", job.id, error)
