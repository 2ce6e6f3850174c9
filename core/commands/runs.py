"""`python -m core runs`: what was trained, with what, and what came of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.settings import Settings

if TYPE_CHECKING:
    from core.training.run_log import RunLog

runs = typer.Typer(
    no_args_is_help=True, help="List, compare and hand on training runs.", rich_markup_mode=None
)
IdArgument = Annotated[str, typer.Argument(help="A run's id, or its start.")]


def _log() -> "RunLog":
    from core.training.run_log import RunLog

    return RunLog(Settings().runs)


@runs.command("list")
def list_runs() -> None:
    """List the runs, oldest first."""
    from core.training.run_log import best_epoch

    for run in _log().all():
        best = best_epoch(run)
        figure = f"val macro-F1 {best['val_macro_f1']:.4f}" if best else "no epoch yet"
        made = f"model {run.model_sha256[:8]}" if run.model_sha256 else "no model"
        state = made if run.finished_at else "not finished"
        typer.echo(f"{run.id}  {run.kind.value}, {len(run.epochs)} epochs, {figure}, {state}, {run.out}")


@runs.command("compare")
def compare(one: IdArgument, other: IdArgument) -> None:
    """Show what differs between two runs: data, settings and figures."""
    from core.training.run_log import differences

    log = _log()
    found = differences(log.find(one), log.find(other))
    if not found:
        typer.echo("nothing differs")
    for name, first, second in found:
        typer.echo(f"{name}: {_text(first)} | {_text(second)}")


@runs.command("export")
def export(
    run: IdArgument,
    to: Annotated[str, typer.Option("--to", help="tensorboard, mlflow or wandb.")],
    where: Annotated[str, typer.Option(help="A folder; for mlflow a server or folder; for wandb a project.")],
) -> None:
    """Hand a run to the experiment log of others; only then does anything leave."""
    from core.training.trackers import TRACKERS

    if to not in TRACKERS:
        raise typer.BadParameter(f"use one of {', '.join(TRACKERS)}", param_hint="--to")
    found = _log().find(run)
    TRACKERS[to](found, where)
    typer.echo(f"{found.id} is in {where}")


def _text(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else "-" if value is None else str(value)
