"""A model folder that appears whole or not at all, also after a power cut."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from tempfile import mkdtemp

from safetensors import SafetensorError

from core.errors import TrainingError


@contextlib.contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` to write into; at the end it takes that name, on an error it vanishes.

    What a killed run left behind is cleared away by the next one of the same name.

    Raises:
        TrainingError: `out` exists, or cannot be written.
    """
    if out.exists():
        raise TrainingError(f"{out} exists; choose another name for the new model")
    part: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{out.name}.part-"  # no list of models shows a name with a dot
        for left in out.parent.glob(f"{escape(prefix)}*"):
            shutil.rmtree(left, ignore_errors=True)
        part = Path(mkdtemp(prefix=prefix, dir=out.parent))
        part.chmod(0o755)
        yield part
        for path in (*part.iterdir(), part):
            _sync(path)
        os.rename(part, out)
        _sync(out.parent)
    except (OSError, SafetensorError) as error:  # safetensors wraps what the disk says
        said = getattr(error, "strerror", None) or str(error).rpartition("I/O error: ")[2]
        raise TrainingError(f"{out} cannot be written: {said}; nothing was changed") from error
    finally:
        if part is not None and part.exists():
            shutil.rmtree(part, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
