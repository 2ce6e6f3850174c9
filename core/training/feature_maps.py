"""What the frozen layers of a backbone see in photos, on disk: training the layers after them then takes minutes."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.errors import MediaError
from core.media import load_photo
from core.model import Preprocessing
from core.model.backbones import place, stage_maps
from core.model.preprocess import fit, to_array
from core.training.embedded import LEAST_SIDE, PhotoRow
from core.training.kept_arrays import keep_array, kept_array

BATCH = 16
Halves = NDArray[np.float16]


def look_at(
    trunk: nn.Module,
    spec: Preprocessing,
    photos: Sequence[PhotoRow],
    cache: Path,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Mapping[str, Halves]:
    """Return the feature maps `(c, h, w)` of photos by hash, in half precision, each computed at most once.

    Photos that are gone, damaged or changed are left out.

    Args:
        trunk: From `core.model.backbones.cut`.
        cache: Folder that keeps what was seen; whatever is damaged in it is computed anew.
        on_progress: Called with the number of photos done, and of all; may raise to stop.
    """
    folder = cache / "maps" / _name(trunk, spec)
    found: dict[str, Halves] = {}
    new = []
    for photo in photos:
        if (kept := kept_array(folder, photo.sha256, ndim=3)) is None:
            new.append(photo)
        else:
            found[photo.sha256] = kept
    trunk = place(trunk, "cpu")
    for start in range(0, len(new), BATCH):
        on_progress(len(photos) - len(new) + start, len(photos))
        arrays = {
            photo.sha256: array for photo in new[start : start + BATCH]
            if (array := _array(photo, spec)) is not None
        }  # fmt: skip
        if not arrays:
            continue
        images = torch.from_numpy(np.stack(list(arrays.values())))
        with torch.inference_mode():
            maps = stage_maps(trunk, images.to(memory_format=torch.channels_last)).half().contiguous().numpy()
        for sha256, row in zip(arrays, maps, strict=True):
            found[sha256] = row
            keep_array(folder, sha256, row)
    on_progress(len(photos), len(photos))
    return found


def _array(photo: PhotoRow, spec: Preprocessing) -> NDArray[np.float32] | None:
    try:
        image = load_photo(photo.path, min_side=LEAST_SIDE)
    except MediaError:
        return None
    return to_array(fit(image.image, spec), spec) if image.sha256 == photo.sha256 else None


def _name(trunk: nn.Module, spec: Preprocessing) -> str:
    found = hashlib.sha256(repr(spec).encode())
    for name, value in trunk.state_dict().items():
        found.update(name.encode())
        found.update(value.contiguous().numpy().tobytes())
    return found.hexdigest()[:24]
