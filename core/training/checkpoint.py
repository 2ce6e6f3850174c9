"""A run on disk: written after every epoch, read when the same run starts again."""

import io
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from core.errors import TrainingError
from core.media.library import write_whole

NAME = "checkpoint.pt"


def save_checkpoint(folder: Path, record: dict[str, Any]) -> None:
    """Write a record of tensors and plain values; the file before stays until the new one is whole."""
    buffer = io.BytesIO()
    torch.save(record, buffer)
    write_whole(folder / NAME, buffer.getvalue())


def read_checkpoint(folder: Path, *, config: dict[str, Any], task: str) -> dict[str, Any] | None:
    """Return what was saved last, `None` if nothing was.

    Args:
        config, task: Must be those of the saved run.

    Raises:
        TrainingError: The file is damaged or of another run.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        of_config, of_task = saved["config"], saved["task"]
    except (OSError, EOFError, RuntimeError, LookupError, TypeError, UnpicklingError) as error:
        raise TrainingError(f"{path} is damaged; delete it to start anew") from error
    if of_config != config:
        raise TrainingError(f"{path} is of another configuration; choose another folder or delete it")
    if of_task != task:
        raise TrainingError(f"{path} is of other photos or classes; choose another folder or delete it")
    return saved
