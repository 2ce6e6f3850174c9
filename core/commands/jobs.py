"""`python -m core jobs`: long work, done by a process of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import Depth, now
from core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from core.store import JobKind, JobStore

jobs = typer.Typer(no_args_is_help=True, help="List, start, cancel and do jobs.", rich_markup_mode=None)


@jobs.command("list")
def list_jobs() -> None:
    """List all jobs, the newest last, and how far they are."""
    from core.jobs.health import check_jobs

    settings = Settings()
    found = check_jobs(_store(settings), settings.data, at=now())
    for job in found:
        left = f", about {job.remaining_s:.0f} s left" if job.remaining_s else ""
        what = f": {job.problem}" if job.problem else f": {job.stage}{left}" if job.stage else ""
        typer.echo(f"{job.id} {job.kind.value} {job.state.value} {job.progress:.0%}{what}")
    if not found:
        typer.echo("no jobs yet")


@jobs.command("train")
def train(
    bulk: Annotated[
        bool, typer.Option("--bulk", help="Learn also from labels given to many photos at once.")
    ] = False,
    newest: Annotated[
        int | None,
        typer.Option(min=0, help="Photos without a label on which the answers of both models are compared."),
    ] = None,
    depth: Annotated[
        Depth, typer.Option(help="Whether the last blocks of the network learn too, or its head alone.")
    ] = "auto",
    wait: Annotated[bool, typer.Option("--wait", help="Do it now, in this process.")] = False,
) -> None:
    """Let a new model learn from your corrections; it is judged, and does not answer before you say so."""
    from core.store import JobKind

    payload = {"bulk": bulk, "depth": depth} | ({} if newest is None else {"newest": newest})
    _start(JobKind.TRAIN, payload, wait=wait)


@jobs.command("identify")
def identify(
    folder: Annotated[Path, typer.Argument(help="A folder of photos; all of them are kept.")],
    wait: Annotated[bool, typer.Option("--wait", help="Do it now, in this process.")] = False,
) -> None:
    """Identify a folder in the background and keep photos and predictions."""
    from core.store import JobKind

    _start(JobKind.IDENTIFY, {"folder": str(folder.resolve())}, wait=wait)


@jobs.command("evaluate")
def evaluate(
    wait: Annotated[bool, typer.Option("--wait", help="Do it now, in this process.")] = False,
) -> None:
    """Judge the model that answers on those of your labelled photos that no model learns from."""
    from core.store import JobKind

    _start(JobKind.EVALUATE, {}, wait=wait)


@jobs.command("cancel")
def cancel(number: Annotated[int, typer.Argument(help="Number of the job.")]) -> None:
    """End a job; what it has done so far is kept for the next."""
    from core.store import JobState

    settings = Settings()
    job = _store(settings).cancel(number, at=now())
    ends = "is cancelled" if job.state is JobState.CANCELLED else "will end within seconds"
    typer.echo(f"job {number} {ends}")


@jobs.command("resume")
def resume(
    number: Annotated[int, typer.Argument(help="Number of a job that stopped, failed or was cancelled.")],
    wait: Annotated[bool, typer.Option("--wait", help="Do it now, in this process.")] = False,
) -> None:
    """Go on with a job that ended early, from what it had done."""
    settings = Settings()
    store = _store(settings)
    store.resume(number)
    _do(settings, store, number, wait=wait)


@jobs.command("work")
def work() -> None:
    """Do all queued jobs, one after the other, then end. Fieldmark starts this by itself."""
    settings = Settings()
    done = _work(settings, _store(settings))
    typer.echo("another process is at it" if done is None else f"{done} jobs done")


def _start(kind: "JobKind", payload: "Mapping[str, Any]", *, wait: bool) -> None:
    import platform

    settings = Settings()
    store = _store(settings)
    number = store.submit(kind, payload, by=settings.annotator, host=platform.node(), at=now())
    _do(settings, store, number, wait=wait)


def _do(settings: Settings, store: "JobStore", number: int, *, wait: bool) -> None:
    from core.jobs.start import start_worker
    from core.store import JobState

    if not wait:
        start_worker(settings)
        typer.echo(f"job {number} is queued; python -m core jobs list shows how far it is")
        return
    if _work(settings, store) is None:
        typer.echo("another process is at it; it will do this one, too")
        return
    job = store.get(number)
    typer.echo(str((job.result or {}).get("sentence", job.problem or job.state.value)))
    if job.state is not JobState.DONE:
        raise typer.Exit(1)


def _store(settings: Settings) -> "JobStore":
    from core.store import JobStore, open_database

    return JobStore(open_database(settings.database))


def _work(settings: Settings, store: "JobStore") -> int | None:
    from core.handlers import handlers
    from core.jobs.worker import work as do_all

    return do_all(store, settings.data, handlers(settings, now=now), now=now)
