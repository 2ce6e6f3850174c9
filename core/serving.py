"""Which model answers, for every door."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from core.errors import BundleError
from core.model.bundle import read_bundle
from core.model.loading import try_model
from core.model.registry import LOG, activations, find_model
from core.settings import BUNDLED_MODELS, Settings
from core.store.declined import Declined, DeclinedModels
from core.store.engine import open_database
from core.store.promotions import Promotions

SQLITE = "sqlite:///"


def served_folder(settings: Settings, promotions: Promotions | None = None) -> Path:
    """Return the model folder that answers: fixed by the environment, promoted last, or the default.

    Args:
        promotions: Where they are kept; by default the database of the settings is opened for it.

    Raises:
        BundleError: The promoted model is gone or broken.
        StoreError: The database cannot be opened.
    """
    if settings.model_is_fixed or (promotions is None and not _has_history(settings)):
        return settings.model
    with _opened(settings, promotions) as known:
        rows = known.all()
    return (
        find_model(rows[-1].to_name, BUNDLED_MODELS, settings.own_models).folder if rows else settings.model
    )


def switch_to(
    name: str,
    settings: Settings,
    *,
    at: datetime,
    by: str | None = None,
    promotions: Promotions | None = None,
) -> str:
    """Let an installed model answer from now on; return a sentence that says so.

    Args:
        by: Who decided; by default the annotator of the settings.

    Raises:
        BundleError: There is no such model, its weights were changed or do not fit it, or the environment fixes another.
        StoreError: The database refuses; the old model goes on answering.
    """
    if settings.model_is_fixed:
        raise BundleError(f"FIELDMARK_MODEL is set to {settings.model}; unset it to choose a model")
    bundle = read_bundle(find_model(name, BUNDLED_MODELS, settings.own_models).folder)
    try_model(bundle)
    with _opened(settings, promotions) as known:
        rows = known.all()
        before = rows[-1].to_name if rows else settings.model.name
        if before != name:
            known.add(before, name, by=by or settings.annotator, at=at)
    return f"{bundle.label} answers from now on"


def previous(settings: Settings, promotions: Promotions | None = None) -> str:
    """Return the name of the model that answered before the present one.

    Raises:
        BundleError: There is none.
    """
    with _opened(settings, promotions) as known:
        rows = known.all()
    if not rows:
        raise BundleError("there is nothing to go back to: the default model was never replaced")
    return rows[-1].from_name


def decline(
    name: str,
    settings: Settings,
    *,
    at: datetime,
    by: str | None = None,
    why: str = "",
    withdrawn: bool = False,
    declined: DeclinedModels | None = None,
) -> str:
    """Keep the decision not to let a model answer, or that it was taken back; return a sentence that says so.

    Args:
        declined: Where decisions are kept; by default the database of the settings is opened for it.

    Raises:
        BundleError: There is no such model, it answers now, or there is no decision to take back.
        StoreError: The database refuses; nothing is kept then.
    """
    find_model(name, BUNDLED_MODELS, settings.own_models)
    if served_folder(settings).name == name:
        raise BundleError(f"{name} answers now; go back to the model before, or activate another")
    known = declined or DeclinedModels(open_database(settings.database))
    if withdrawn and known.standing(name) is None:
        raise BundleError(f"nobody decided against {name}; there is nothing to take back")
    known.add(Declined(name, by or settings.annotator, at, why.strip(), withdrawn))
    return f"{name} may answer again when it is promoted" if withdrawn else f"{name} shall not answer"


def take_over_log(settings: Settings, promotions: Promotions) -> None:
    """Take over the models that earlier versions of Fieldmark activated in a file, once.

    Raises:
        BundleError: The file cannot be read.
    """
    log = settings.own_models / LOG
    if log.is_file() and not promotions.all():
        promotions.take_over(activations(log), settings.model.name, by=settings.annotator)


def _has_history(settings: Settings) -> bool:
    """Whether anything can have been promoted: asking must not create a database."""
    if not settings.database.startswith(SQLITE):
        return True
    return Path(settings.database.removeprefix(SQLITE)).is_file() or (settings.own_models / LOG).is_file()


@contextmanager
def _opened(settings: Settings, promotions: Promotions | None) -> Iterator[Promotions]:
    if promotions is not None:
        yield promotions
        return
    engine = open_database(settings.database)
    try:
        opened = Promotions(engine)
        take_over_log(settings, opened)
        yield opened
    finally:
        engine.dispose()
