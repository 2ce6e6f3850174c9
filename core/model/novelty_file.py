"""A novelty model on disk, beside the weights."""

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from core.decision.novelty import NoveltyModel
from core.errors import BundleError
from core.model.bundle import Bundle

NAME = "novelty.safetensors"


def write_novelty(model: NoveltyModel, folder: Path) -> Path:
    """Write the model in half precision and return the file."""
    figures = {
        "weights": list(model.weights),
        "threshold": model.threshold,
        "accepted": model.accepted,
        "base_rate": model.base_rate,
    }
    save_file(
        {
            "centre": model.centre.astype(np.float16),
            "projection": model.projection.astype(np.float16),
            "means": model.means.astype(np.float16),
            "columns": model.columns.astype(np.int32),
        },
        folder / NAME,
        metadata={"figures": json.dumps(figures)},
    )
    return folder / NAME


def read_novelty(bundle: Bundle) -> NoveltyModel | None:
    """Return the bundle's novelty model, `None` if it has none.

    Raises:
        BundleError: The file does not hold one, or not one for these classes.
    """
    if NAME not in bundle.files:
        return None
    path = bundle.weights_path.with_name(NAME)
    try:
        with safe_open(path, "numpy") as file:
            figures = json.loads((file.metadata() or {})["figures"])
            columns = file.get_tensor("columns").astype(np.intp)
            model = NoveltyModel(
                centre=file.get_tensor("centre").astype(np.float32),
                projection=file.get_tensor("projection").astype(np.float32),
                means=file.get_tensor("means").astype(np.float32),
                columns=columns,
                weights=(
                    float(figures["weights"][0]),
                    float(figures["weights"][1]),
                    float(figures["weights"][2]),
                ),
                threshold=float(figures["threshold"]),
                accepted=float(figures["accepted"]),
                base_rate=float(figures["base_rate"]),
            )
    except (OSError, SafetensorError, LookupError, ValueError, TypeError) as error:
        raise BundleError(f"{path} cannot be used: {error!r}") from error
    if len(columns) and not 0 <= columns.min() <= columns.max() < len(bundle.classes):
        raise BundleError(f"{path} is of a model with other classes")
    return model
