"""A run for the experiment logs of others, through their own libraries, each optional."""

from collections.abc import Callable, Mapping
from pathlib import Path

from core.errors import TrainingError
from core.training.run_log import Run, flat_metrics, flat_settings

PROJECT = "fieldmark"


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
    """Add the run to the MLflow server or folder at `where`.

    Raises:
        TrainingError: mlflow is not installed.
    """
    try:
        import mlflow
    except ImportError as error:
        raise _missing("mlflow") from error
    mlflow.set_tracking_uri(where)
    mlflow.set_experiment(PROJECT)
    with mlflow.start_run(run_name=run.id):
        mlflow.log_params({name: str(value)[:500] for name, value in flat_settings(run).items()})
        mlflow.set_tags({"data_sha256": run.data_sha256, "model_sha256": run.model_sha256})
        for epoch in run.epochs:
            mlflow.log_metrics(_figures(epoch), step=int(epoch["epoch"]))
        mlflow.log_metrics(flat_metrics(run))


def to_wandb(run: Run, where: str) -> None:
    """Add the run to the Weights & Biases project `where`.

    Raises:
        TrainingError: wandb is not installed.
    """
    try:
        import wandb
    except ImportError as error:
        raise _missing("wandb") from error
    config = flat_settings(run) | {"data_sha256": run.data_sha256, "model_sha256": run.model_sha256}
    with wandb.init(project=where, name=run.id, id=run.id, config=config) as session:
        for epoch in run.epochs:
            session.log(_figures(epoch), step=int(epoch["epoch"]))
        session.summary.update(flat_metrics(run))


TRACKERS: Mapping[str, Callable[[Run, str], None]] = {
    "tensorboard": to_tensorboard,
    "mlflow": to_mlflow,
    "wandb": to_wandb,
}


def _figures(epoch: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in epoch.items() if name != "epoch"}


def _missing(library: str) -> TrainingError:
    return TrainingError(f"this needs {library}: pip install {library}")
