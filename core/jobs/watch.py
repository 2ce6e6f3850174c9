"""What a job says of itself while it works: stage, progress, estimate, figures, log, and that it is alive."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any

from core.errors import StoreError
from core.store import Job, JobStore

log = logging.getLogger("fieldmark")
BEAT_S = 1.0
LEAST_SHARE = 0.02  # done, before which an estimate would be a guess


class Watch:
    """Tells the database every second what the job told it, and hears whether somebody cancelled.

    A database that is busy or full does not end the work: what could not be told is told with the next beat.
    """

    def __init__(
        self, store: JobStore, job: Job, *, now: Callable[[], datetime], beat_s: float = BEAT_S
    ) -> None:
        self._store, self._job, self._now, self._beat_s = store, job, now, beat_s
        self._lock = threading.Lock()
        self._news: dict[str, Any] = {}
        self._curve = [dict(point) for point in job.curve]  # of the attempt before, if there was one
        self._log, self._stage = job.log, ""
        self._cancelled, self._over = threading.Event(), threading.Event()
        self._began, self._from = time.monotonic(), 0.0
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self.tell()

    def stage(self, text: str) -> None:
        """Say what is being done now."""
        with self._lock:
            if text == self._stage:
                return
            self._stage = text
            self._log += f"{self._now():%H:%M:%S} {text}\n"
            self._news |= {"stage": text, "log": self._log}

    def progress(self, share: float) -> None:
        """Say how much of all is done, 0-1; the time left follows from the pace so far."""
        share = min(1.0, max(0.0, share))
        with self._lock:
            self._news["progress"] = share
            if share - self._from >= LEAST_SHARE:
                pace = (time.monotonic() - self._began) / (share - self._from)
                self._news["remaining_s"] = round(pace * (1.0 - share), 1)

    def point(self, *, step: float, **figures: float) -> None:
        """Add a point to the curves; what an attempt before drew from there on is forgotten."""
        with self._lock:
            self._curve = [one for one in self._curve if one["step"] < step]
            self._curve.append({"step": step, **figures})
            self._news["curve"] = list(self._curve)

    def say(self, line: str) -> None:
        """Add a line to the log."""
        with self._lock:
            self._log += f"{self._now():%H:%M:%S} {line}\n"
            self._news["log"] = self._log

    def is_cancelled(self) -> bool:
        """Whether somebody asked for an end."""
        return self._cancelled.is_set()

    def tell(self) -> None:
        """Write what is new into the database now."""
        with self._lock:
            news, self._news = self._news, {}
        try:
            if self._store.beat(self._job.id, at=self._now(), **news):
                self._cancelled.set()
        except StoreError as error:
            log.warning("the progress of job %d could not be kept: %s", self._job.id, error)
            with self._lock:
                self._news = news | self._news

    def _beat(self) -> None:
        while not self._over.wait(self._beat_s):
            self.tell()
