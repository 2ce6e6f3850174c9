"""One worker per machine, held by the operating system: it lets go of the lock however the process ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

NAME = "jobs.lock"


@contextmanager
def sole_worker(data: Path, *, wait_s: float = 0.0) -> Iterator[bool]:
    """Hold the lock of a data folder; gives whether it was got within `wait_s` seconds."""
    data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(data / NAME, timeout=wait_s)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
