"""Arrays kept on disk by the hash of their photo, each in a file of its own that is whole or absent."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.media.library import write_whole


def keep_array(folder: Path, sha256: str, row: NDArray[Any]) -> None:
    """Keep what was seen in a photo."""
    buffer = io.BytesIO()
    np.save(buffer, row, allow_pickle=False)
    write_whole(_file(folder, sha256), buffer.getvalue())


def kept_array(folder: Path, sha256: str, *, ndim: int) -> NDArray[Any] | None:
    """Return what was kept of a photo; `None` if nothing was, or it is damaged, not finite or of another number of axes."""
    try:
        row = np.load(_file(folder, sha256), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return row if row.ndim == ndim and np.isfinite(row).all() else None


def _file(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / f"{sha256}.npy"
