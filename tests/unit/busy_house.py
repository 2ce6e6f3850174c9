"""A house at work, to be killed: asks for a training and goes on labelling, saying what is safe in the database."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from core.jobs.start import request
from core.settings import Settings
from core.store import EventKind, JobKind, JobStore, LabelEvent, Ledger, open_database
from core.store.review import all_photos


def now() -> datetime:
    """Return the current time, aware."""
    return datetime.now(UTC)


if __name__ == "__main__":
    settings = Settings(data=Path(sys.argv[1]))
    engine = open_database(settings.database)
    store, ledger = JobStore(engine), Ledger(engine)
    stopped = [job.id for job in store.all() if job.state.value == "stopped"]
    for number in stopped:
        store.resume(number)
    print("job", request(store, JobKind.TRAIN, {"bulk": False}, settings, by="ada", at=now()), flush=True)
    photos = all_photos(settings.database)
    for turn in range(100_000):
        event = LabelEvent(
            id=uuid4(), sha256=photos[turn % len(photos)], kind=EventKind.NOTE, annotator="Akinyi", acted_at=now(),
            comment=str(turn),
        )  # fmt: skip
        ledger.append(event, received_at=now())
        print("label", event.id, flush=True)
