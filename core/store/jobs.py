"""Jobs: rows through which whoever waits and whoever works know of each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from core.errors import StoreError
from core.store.engine import writing
from core.store.loop_schema import job

LOG_KEPT = 4_000  # characters of the log's end


class JobKind(StrEnum):
    """What is done."""

    TRAIN = "train"
    EVALUATE = "evaluate"
    IDENTIFY = "identify"


class JobState(StrEnum):
    """Where a job stands. `STOPPED` means that its process ended without a word; it can go on."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


OPEN = frozenset({JobState.QUEUED, JobState.RUNNING})


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was when it was read.

    Attributes:
        payload: What is asked for.
        pid, host: The process that works on it, or did last.
        progress: Share done, 0-1; `remaining_s` is an estimate, `None` if there is none yet.
        curve: Figures over time, each a mapping with at least `"step"`.
        log: The end of what the process said.
        result: What came out; `problem` says why nothing did.
    """

    id: int
    kind: JobKind
    state: JobState
    payload: Mapping[str, Any]
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    heartbeat_at: datetime | None
    host: str
    pid: int | None
    cancel: bool
    stage: str
    progress: float
    remaining_s: float | None
    curve: Sequence[Mapping[str, float]]
    log: str
    result: Mapping[str, Any] | None
    problem: str


class JobStore:
    """All jobs; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def submit(self, kind: JobKind, payload: Mapping[str, Any], *, by: str, host: str, at: datetime) -> int:
        """Queue a job and return its number; the same wish that is queued or running already is not doubled."""
        with writing(self._engine) as connection:
            for row in connection.execute(
                sa.select(job.c.id, job.c.payload).where(
                    job.c.kind == kind.value, job.c.state.in_([state.value for state in OPEN])
                )
            ):
                if row.payload == dict(payload):
                    return int(row.id)
            number = connection.execute(
                job.insert().values(
                    kind=kind.value, state=JobState.QUEUED.value, payload=dict(payload), requested_by=by,
                    created_at=at, host=host, cancel=False, stage="", progress=0.0, curve=[], log="", problem="",
                )
            ).inserted_primary_key[0]  # type: ignore[index]  # fmt: skip
        return int(number)

    def get(self, number: int) -> Job:
        """Return a job.

        Raises:
            StoreError: There is none of this number.
        """
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(job).where(job.c.id == number)).one_or_none()
        if row is None:
            raise StoreError(f"there is no job {number}")
        return _job(row)

    def all(self) -> list[Job]:
        """Return all jobs, oldest first."""
        with self._engine.connect() as connection:
            return [_job(row) for row in connection.execute(sa.select(job).order_by(job.c.id))]

    def claim(self, *, host: str, pid: int, at: datetime) -> Job | None:
        """Take the oldest queued job of this machine, `None` if there is none."""
        with writing(self._engine) as connection:
            number = connection.execute(
                sa.select(job.c.id)
                .where(job.c.state == JobState.QUEUED.value, job.c.host == host)
                .order_by(job.c.id)
                .limit(1)
            ).scalar_one_or_none()
            if number is None:
                return None
            connection.execute(
                job.update()
                .where(job.c.id == number)
                .values(
                    state=JobState.RUNNING.value, pid=pid, started_at=at, heartbeat_at=at, ended_at=None,
                    problem="",
                )
            )  # fmt: skip
        return self.get(int(number))

    def beat(self, number: int, *, at: datetime, **values: Any) -> bool:
        """Say that a running job is alive, and how far it is; returns whether somebody wants it to end.

        Args:
            values: New values of `stage`, `progress`, `remaining_s`, `curve` and `log`.
        """
        if "log" in values:
            values["log"] = values["log"][-LOG_KEPT:]
        with writing(self._engine) as connection:
            connection.execute(
                job.update()
                .where(job.c.id == number, job.c.state == JobState.RUNNING.value)
                .values(heartbeat_at=at, **values)
            )
            wanted = connection.execute(sa.select(job.c.cancel).where(job.c.id == number)).scalar_one()
        return bool(wanted)

    def end(
        self,
        number: int,
        state: JobState,
        *,
        at: datetime,
        result: Mapping[str, Any] | None = None,
        problem: str = "",
    ) -> None:
        """Say how a running job ended; one that is not running any more stays as it is."""
        values: dict[str, Any] = {
            "state": state.value,
            "ended_at": at,
            "problem": problem,
            "remaining_s": None,
        }
        if result is not None:
            values["result"] = dict(result)
        if state is JobState.DONE:
            values["progress"] = 1.0
        with writing(self._engine) as connection:
            connection.execute(
                job.update().where(job.c.id == number, job.c.state == JobState.RUNNING.value).values(**values)
            )

    def cancel(self, number: int, *, at: datetime) -> Job:
        """End a queued or stopped job, or ask the process of a running one to end it.

        Raises:
            StoreError: There is no such job, or it is over.
        """
        with writing(self._engine) as connection:
            waiting = [JobState.QUEUED.value, JobState.STOPPED.value]
            connection.execute(
                job.update()
                .where(job.c.id == number, job.c.state.in_(waiting))
                .values(state=JobState.CANCELLED.value, ended_at=at)
            )
            connection.execute(
                job.update()
                .where(job.c.id == number, job.c.state == JobState.RUNNING.value)
                .values(cancel=True)
            )
        found = self.get(number)
        if found.state not in (JobState.CANCELLED, JobState.RUNNING):
            raise StoreError(f"job {number} is {found.state.value} already")
        return found

    def resume(self, number: int) -> Job:
        """Queue a job that stopped, failed or was cancelled again; what it had finished is not done anew.

        Raises:
            StoreError: There is no such job, or it is queued, running or done.
        """
        again = [JobState.STOPPED.value, JobState.FAILED.value, JobState.CANCELLED.value]
        with writing(self._engine) as connection:
            done = connection.execute(
                job.update()
                .where(job.c.id == number, job.c.state.in_(again))
                .values(state=JobState.QUEUED.value, cancel=False, ended_at=None, problem="")
            )
        found = self.get(number)
        if not done.rowcount:
            raise StoreError(f"job {number} is {found.state.value}; only one that ended early can go on")
        return found


def _job(row: Any) -> Job:
    values = dict(row._mapping)
    return Job(**values | {"kind": JobKind(row.kind), "state": JobState(row.state)})
