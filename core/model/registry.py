"""The models on this machine."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import BundleError
from core.model.bundle import Bundle, read_bundle

LOG = "activations.jsonl"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model folder.

    Attributes:
        name: The folder's name, by which people choose it.
        bundle: `None` if the folder cannot be used; `problem` then says why.
    """

    name: str
    folder: Path
    bundle: Bundle | None
    problem: str | None = None


def installed(*places: Path) -> tuple[InstalledModel, ...]:
    """Return the models in some folders, in their order and by name; a later one of the same name is left out."""
    found: dict[str, InstalledModel] = {}
    for place in places:
        folders = sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []
        for folder in folders:
            if folder.name in found or folder.name.startswith("."):
                continue
            try:
                found[folder.name] = InstalledModel(folder.name, folder, read_bundle(folder, verify=False))
            except BundleError as error:
                found[folder.name] = InstalledModel(folder.name, folder, None, str(error))
    return tuple(found.values())


def find_model(name: str, *places: Path) -> InstalledModel:
    """Return a usable model by name.

    Raises:
        BundleError: There is none, or it cannot be used.
    """
    models = installed(*places)
    for model in models:
        if model.name == name:
            if model.problem is not None:
                raise BundleError(f"{name} cannot be used: {model.problem}")
            return model
    known = ", ".join(model.name for model in models) or "none"
    raise BundleError(f"there is no model {name!r}; installed: {known}")


def activations(log: Path) -> tuple[tuple[str, datetime], ...]:
    """Return names and moments of the models that versions before the table `promotion` activated, the newest last.

    Raises:
        BundleError: A line cannot be read.
    """
    try:
        rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        return tuple((str(row["name"]), datetime.fromisoformat(row["at"])) for row in rows)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BundleError(
            f"{log} cannot be read ({error}); move it away to serve the default model"
        ) from error
