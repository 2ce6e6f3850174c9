"""A worker whose disk is full when the weights of a new model are written; what is thrown away makes room again."""

import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from core.handlers import handlers
from core.jobs.worker import work
from core.settings import Settings
from core.store import JobStore, open_database
from core.training import new_model

ROOM = 100_000  # bytes; less than the weights need


def write_in_little_room(*given: Any) -> None:
    """Write weights where no file may grow beyond `ROOM`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        save_file(*given)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def now() -> datetime:
    """Return the current time, aware."""
    return datetime.now(UTC)


if __name__ == "__main__":
    settings = Settings(data=Path(sys.argv[1]))
    new_model.save_file = write_in_little_room
    work(JobStore(open_database(settings.database)), settings.data, handlers(settings, now=now), now=now)
