"""The models on this machine, and which of them answers.

Activations are lines that are only ever added, so the way back is known: a rollback is one more line.
"""

import json
import os
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


def activations(log: Path) -> tuple[str, ...]:
    """Return the names of all activated models, the newest last.

    Raises:
        BundleError: A line cannot be read.
    """
    if not log.is_file():
        return ()
    try:
        return tuple(str(json.loads(line)["name"]) for line in log.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BundleError(
            f"{log} cannot be read ({error}); move it away to serve the default model"
        ) from error


def activate(log: Path, name: str, *, at: datetime) -> None:
    """Note that a model answers from now on; the line is on disk when this returns."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": at.isoformat(), "name": name}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def before_last(log: Path, default: str) -> str:
    """Return the model that answered before the one that answers now: where a rollback leads.

    Raises:
        BundleError: Nothing was ever activated.
    """
    names = (default, *activations(log))
    if len(names) < 2:
        raise BundleError("there is nothing to go back to: the default model was never replaced")
    return next((name for name in reversed(names[:-1]) if name != names[-1]), default)
