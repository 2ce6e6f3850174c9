"""Progress on standard error, for long runs from the command line."""

import logging
from dataclasses import asdict

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.training.loop import EpochReport, Step
from core.training.run_log import RunRecorder

log = logging.getLogger("fieldmark")


def progress_bar(*, quiet: bool = False) -> Progress:
    """Return a bar with counts and an estimate of the time left, on standard error."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )


class TrainingProgress:
    """Listens to `core.training.recipe.train` and tells the terminal."""

    def __init__(self, bar: Progress, recorder: RunRecorder | None = None) -> None:
        """Draw on `bar`, and keep the run up to date in `recorder`."""
        self._bar = bar
        self._recorder = recorder
        self._task = bar.add_task("starting", total=None)

    def on_stage(self, text: str) -> None:
        """Announce a stage."""
        self._bar.console.print(text)

    def on_features(self, done: int, total: int) -> None:
        """Show the share of photos whose features are ready."""
        self._bar.update(self._task, description="features", completed=done, total=total)

    def on_step(self, step: Step) -> None:
        """Show all steps of all epochs as one bar."""
        self._bar.update(
            self._task,
            description=f"epoch {step.epoch}/{step.epochs}, loss {step.loss:.3f}",
            completed=(step.epoch - 1) * step.steps + step.step,
            total=step.epochs * step.steps,
        )

    def on_epoch(self, report: EpochReport) -> bool:
        """Print the epoch's figures and write them down; never asks to stop."""
        if self._recorder is not None:
            self._recorder.epoch(asdict(report))
        self._bar.console.print(
            f"epoch {report.epoch}: train loss {report.train_loss:.3f}, val macro-F1 "
            f"{report.val_macro_f1:.4f}, val accuracy {report.val_accuracy:.4f}, {report.seconds:.0f} s"
        )
        return True
