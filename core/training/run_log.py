"""What every training run was given and what came of it, one file a run, to compare runs with each other.

data/runs/ID/run.json
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.media.library import write_whole

NAME = "run.json"


class RunKind(StrEnum):
    """What made a model, or looked for how to."""

    TRAIN = "train"
    TUNE = "tune"
    BLEND = "blend"
    FINETUNE = "finetune"
    TEACH = "teach"


@dataclass(frozen=True, slots=True)
class Run:
    """One training run.

    Attributes:
        id: When it began, in UTC, to the microsecond.
        data_sha256: Of the list of photos.
        settings: What it was asked to do, in sections.
        epochs: A record of each epoch, oldest first, with at least its number, `"epoch"`, see
            `core.training.loop.EpochReport`; of a search, of each trial.
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
    kind: RunKind = RunKind.TRAIN

    @property
    def curve(self) -> tuple[Mapping[str, float], ...]:
        """The epochs after which macro-F1 on val was taken."""
        return tuple(epoch for epoch in self.epochs if "val_macro_f1" in epoch)


def new_run(kind: RunKind, out: Path, data_sha256: str, settings: Mapping[str, Any], *, at: datetime) -> Run:
    """Return a run that begins at `at`."""
    plain = json.loads(json.dumps(settings, default=str))  # as it will be read again
    return Run(f"{at:%Y%m%d-%H%M%S-%f}", str(out), at, data_sha256, plain, kind=kind)


class RunLog:
    """The runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, run: Run) -> None:
        """Keep a run as it is now."""
        record = json.dumps(asdict(run), indent=1, default=str)
        write_whole(self._folder / run.id / NAME, record.encode())

    def begin(
        self, kind: RunKind, out: Path, data_sha256: str, settings: Mapping[str, Any], *, at: datetime
    ) -> "RunRecorder":
        """Return what keeps a run; one that was killed goes on in its record when it is asked for again."""
        run = new_run(kind, out, data_sha256, settings, at=at)
        for path in sorted(self._folder.glob(f"*/{NAME}"), reverse=True):
            with suppress(TrainingError):  # a damaged record is no reason not to train
                before = self._read(path)
                if before.finished_at is None and _asked(before) == _asked(run):
                    return RunRecorder(self, before)
        return RunRecorder(self, run)

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
                    "kind": RunKind(record.get("kind", RunKind.TRAIN)),  # the first records had none
                }
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"{path} is no record of a run: {error!r}; move it away") from error


class RunRecorder:
    """Keeps a run up to date while it goes on, from its first epoch."""

    def __init__(self, log: RunLog, run: Run) -> None:
        self._log, self.run = log, run

    def epoch(self, report: Mapping[str, float]) -> None:
        """Add an epoch; what a killed attempt had noted of this one and of later ones is forgotten."""
        before = (one for one in self.run.epochs if one["epoch"] < report["epoch"])
        self._keep(replace(self.run, epochs=(*before, dict(report))))

    def finish(self, model_sha256: str, metrics: Mapping[str, Any], *, at: datetime) -> None:
        """Say what came of it."""
        self._keep(replace(self.run, model_sha256=model_sha256, metrics=metrics, finished_at=at))

    def _keep(self, run: Run) -> None:
        self.run = run
        self._log.write(run)


def best_epoch(run: Run) -> Mapping[str, float] | None:
    """Return the epoch with the best macro-F1 on val."""
    return max(run.curve, key=lambda epoch: epoch["val_macro_f1"], default=None)


def differences(one: Run, other: Run) -> list[tuple[str, object, object]]:
    """Return what differs in data, settings and figures: name, first and second value, `None` where there is none."""
    sides = [
        _flat(
            {
                "kind": run.kind.value,
                "data": run.data_sha256,
                "settings": run.settings,
                "metrics": run.metrics or {},
            }
        )
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


def _asked(run: Run) -> tuple[object, ...]:
    return run.kind, run.out, run.data_sha256, run.settings


def _flat(record: Mapping[str, Any], before: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{key}.")
        else:
            found[f"{before}{key}"] = value
    return found
