"""A run for the experiment logs of others, through their own libraries, each optional."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from core.errors import TrainingError
from core.training.run_log import Run, flat_metrics, flat_settings

PROJECT = "fieldmark"
MLFLOW_MOST = 100  # of each kind in one call


def to_tensorboard(run: Run, where: str) -> None:
    """Write an event file into the folder `where/ID`.

    Raises:
        TrainingError: tensorboardX is not installed.
    """
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise _missing("tensorboardX") from error
    with SummaryWriter(str(Path(where) / run.id)) as writer:
        writer.add_text("settings", "\n".join(f"- {k}: {v}" for k, v in flat_settings(run).items()))
        for epoch in run.epochs:
            for name, value in _figures(epoch).items():
                writer.add_scalar(name, value, int(epoch["epoch"]))
        for name, value in flat_metrics(run).items():
            writer.add_scalar(f"result/{name}", value, len(run.epochs))


def to_mlflow(run: Run, where: str) -> None:
    """Add the run to the MLflow server at `where`, or to `mlflow.db` in the folder `where`; mlflow-skinny will do.

    Raises:
        TrainingError: mlflow is not installed, or refuses.
    """
    try:
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise _missing("mlflow-skinny") from error
    place, artifacts = _mlflow_place(where)
    end = run.finished_at or run.started_at
    began, ended = (round(at.timestamp() * 1000) for at in (run.started_at, end))
    metrics = [
        Metric(_mlflow_name(name), value, ended, int(epoch["epoch"]))
        for epoch in run.epochs
        for name, value in _figures(epoch).items()
    ]
    metrics += [Metric(_mlflow_name(name), value, ended, 0) for name, value in flat_metrics(run).items()]
    params = [Param(_mlflow_name(name), str(value)[:500]) for name, value in flat_settings(run).items()]
    tags = [RunTag("data_sha256", run.data_sha256), RunTag("model_sha256", run.model_sha256)]
    try:
        client = MlflowClient(tracking_uri=place)
        known = client.get_experiment_by_name(PROJECT)
        experiment = known.experiment_id if known else client.create_experiment(PROJECT, artifacts)
        new = client.create_run(experiment, start_time=began, run_name=run.id).info.run_id
        client.log_batch(new, params=params[:MLFLOW_MOST], tags=tags)
        for start in range(0, len(metrics), MLFLOW_MOST):
            client.log_batch(new, metrics=metrics[start : start + MLFLOW_MOST])
        for start in range(MLFLOW_MOST, len(params), MLFLOW_MOST):
            client.log_batch(new, params=params[start : start + MLFLOW_MOST])
        if run.finished_at:
            client.set_terminated(new, "FINISHED", end_time=ended)
    except MlflowException as error:
        raise TrainingError(f"MLflow at {where} refuses: {str(error).splitlines()[0]}") from error


def _mlflow_place(where: str) -> tuple[str, str | None]:
    """Return MLflow's address of a server or folder, and where it would put files; it has given up plain folders."""
    if "://" in where:
        return where, None
    folder = Path(where).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'mlflow.db'}", (folder / "artifacts").as_uri()


def _mlflow_name(name: str) -> str:
    return re.sub(r"[^\w./: -]", "_", name)


def to_wandb(run: Run, where: str) -> None:
    """Add the run to the Weights & Biases project `where`; with `WANDB_MODE=offline`, to the folder `wandb` here.

    Raises:
        TrainingError: wandb is not installed, or refuses: most often because nobody is logged in.
    """
    try:
        import wandb
    except ImportError as error:
        raise _missing("wandb") from error
    config = flat_settings(run) | {"data_sha256": run.data_sha256, "model_sha256": run.model_sha256}
    try:
        with wandb.init(project=where, name=run.id, id=run.id, config=config) as session:
            for epoch in run.epochs:
                session.log(_figures(epoch), step=int(epoch["epoch"]))
            session.summary.update(flat_metrics(run))
    except wandb.Error as error:
        raise TrainingError(f"Weights & Biases refuses: {error}") from error


TRACKERS: Mapping[str, Callable[[Run, str], None]] = {
    "tensorboard": to_tensorboard,
    "mlflow": to_mlflow,
    "wandb": to_wandb,
}


def _figures(epoch: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in epoch.items() if name != "epoch"}


def _missing(library: str) -> TrainingError:
    return TrainingError(f"this needs {library}: pip install {library}")
