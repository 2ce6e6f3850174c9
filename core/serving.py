"""Which model answers, for every door."""

from datetime import datetime
from pathlib import Path

from core.errors import BundleError
from core.model.bundle import read_bundle
from core.model.registry import LOG, activate, activations, before_last, find_model
from core.settings import BUNDLED_MODELS, Settings


def served_folder(settings: Settings) -> Path:
    """Return the model folder that answers: fixed by the environment, activated last, or the default.

    Raises:
        BundleError: The activated model is gone or broken.
    """
    names = activations(settings.own_models / LOG)
    if settings.model_is_fixed or not names:
        return settings.model
    return find_model(names[-1], BUNDLED_MODELS, settings.own_models).folder


def switch_to(name: str, settings: Settings, *, at: datetime) -> str:
    """Let an installed model answer from now on; return a sentence that says so.

    Raises:
        BundleError: There is no such model, its weights were changed, or the environment fixes another.
    """
    if settings.model_is_fixed:
        raise BundleError(f"FIELDMARK_MODEL is set to {settings.model}; unset it to choose a model")
    bundle = read_bundle(find_model(name, BUNDLED_MODELS, settings.own_models).folder)
    activate(settings.own_models / LOG, name, at=at)
    return f"{bundle.label} answers from now on"


def previous(settings: Settings) -> str:
    """Return the name of the model that answered before the present one.

    Raises:
        BundleError: There is none.
    """
    return before_last(settings.own_models / LOG, settings.model.name)
