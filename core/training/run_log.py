"""What every training run was given and what came of it, one file a run, to compare runs with each other.

data/runs/ID/run.json
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.media.library import write_whole

NAME = "run.json"


@dataclass(frozen=True, slots=True)
class Run:
    """One training run.

    Attributes:
        id: When it began, in UTC, to the microsecond.
        data_sha256: Of the list of photos.
        settings: What it was asked to do, in sections.
        epochs: A record of each epoch, oldest first, see `core.training.loop.EpochReport`.
        finished_at: `None` while it runs, and for ever if it was stopped.
        model_sha256: Of the weights that it made, `""` if none.
        metrics: Figures on labelled photos by split.
    """

    id: str
    out: str
    started_at: datetime
    data_sha256: str
    settings: Mapping[str, Any]
    epochs: tuple[Mapping[str, float], ...] = ()
    finished_at: datetime | None = None
    model_sha256: str = ""
    metrics: Mapping[str, Any] | None = None


def new_run(out: Path, data_sha256: str, settings: Mapping[str, Any], *, at: datetime) -> Run:
    """Return a run that begins at `at`."""
    return Run(f"{at:%Y%m%d-%H%M%S-%f}", str(out), at, data_sha256, settings)


class RunLog:
    """The runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, run: Run) -> None:
        """Keep a run as it is now."""
        record = json.dumps(asdict(run), indent=1, default=str)
        write_whole(self._folder / run.id / NAME, record.encode())

    def all(self) -> list[Run]:
        """Return all runs, oldest first.

        Raises:
            TrainingError: A file cannot be read.
        """
        return [self._read(path) for path in sorted(self._folder.glob(f"*/{NAME}"))]

    def find(self, start: str) -> Run:
        """Return the run whose id starts so.

        Raises:
            TrainingError: There is none, or several.
        """
        found = [run for run in self.all() if run.id.startswith(start)]
        if len(found) != 1:
            known = ", ".join(run.id for run in found) or "none; see python -m core runs list"
            raise TrainingError(f"{start!r} must be the start of one run's id, found: {known}")
        return found[0]

    def _read(self, path: Path) -> Run:
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            finished = record["finished_at"]
            return Run(
                **record
                | {
                    "started_at": datetime.fromisoformat(record["started_at"]),
                    "finished_at": datetime.fromisoformat(finished) if finished else None,
                    "epochs": tuple(record["epochs"]),
                }
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"{path} is no record of a run: {error!r}; move it away") from error


class RunRecorder:
    """Keeps a run up to date while it goes on, from its first epoch."""

    def __init__(self, log: RunLog, run: Run) -> None:
        self._log, self.run = log, run

    def epoch(self, report: Mapping[str, float]) -> None:
        """Add an epoch."""
        self._keep(replace(self.run, epochs=(*self.run.epochs, dict(report))))

    def finish(
        self,
        model_sha256: str,
        epochs: Sequence[Mapping[str, float]],
        metrics: Mapping[str, Any],
        *,
        at: datetime,
    ) -> None:
        """Say what came of it; `epochs` are all, also those before it was killed and started again."""
        done = replace(
            self.run, model_sha256=model_sha256, epochs=tuple(epochs), metrics=metrics, finished_at=at
        )
        self._keep(done)

    def _keep(self, run: Run) -> None:
        self.run = run
        self._log.write(run)


def best_epoch(run: Run) -> Mapping[str, float] | None:
    """Return the epoch with the best macro-F1 on val."""
    return max(run.epochs, key=lambda epoch: epoch["val_macro_f1"], default=None)


def differences(one: Run, other: Run) -> list[tuple[str, object, object]]:
    """Return what differs in data, settings and figures: name, first and second value, `None` where there is none."""
    sides = [
        _flat({"data": run.data_sha256, "settings": run.settings, "metrics": run.metrics or {}})
        for run in (one, other)
    ]
    for run, side in zip((one, other), sides, strict=True):
        side |= {f"best.{key}": value for key, value in (best_epoch(run) or {}).items()}
    names = sorted(set(sides[0]) | set(sides[1]))
    return [
        (name, sides[0].get(name), sides[1].get(name))
        for name in names
        if sides[0].get(name) != sides[1].get(name)
    ]


def flat_settings(run: Run) -> dict[str, object]:
    """Return all settings under names with dots, as other logs want them."""
    return _flat(run.settings)


def flat_metrics(run: Run) -> dict[str, float]:
    """Return all figures that are numbers under names with dots."""
    return {
        name: float(value)
        for name, value in _flat(run.metrics or {}).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _flat(record: Mapping[str, Any], before: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{key}.")
        else:
            found[f"{before}{key}"] = value
    return found
