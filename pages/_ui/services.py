"""What the screens are served with; the only place that caches resources and picks implementations.

Screens call `services.ledger()` and the like, never import what these return, so that a test can
put its own in their place. Heavy modules are imported inside: the first page paints without torch.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.add import AddedModel
    from core.evaluation.report import Report
    from core.media import MediaLibrary
    from core.model import Classifier
    from core.model.registry import InstalledModel
    from core.species import Source, SpeciesCard
    from core.store import Ledger
    from core.taxonomy import Taxonomy, TaxonSearch


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Settings, read once from the environment."""
    return Settings()


@st.cache_resource(show_spinner="Reading the species cards …")
def cards() -> "dict[str, SpeciesCard]":
    """All species cards by taxon id."""
    from core.species import load_cards

    return load_cards(settings().species_info)


@st.cache_resource(show_spinner=False)
def sources() -> "dict[str, Source]":
    """Where facts come from, by source id."""
    from core.species import load_sources

    return load_sources(settings().species_info)


@st.cache_resource(show_spinner=False)
def taxonomy() -> "Taxonomy":
    """The tree that the cards span."""
    from core.species import load_taxonomy

    return load_taxonomy(cards(), settings().species_info)


@st.cache_resource(show_spinner=False)
def search() -> "TaxonSearch":
    """Search over all names."""
    from core.taxonomy import TaxonSearch

    return TaxonSearch(taxonomy())


@st.cache_resource(show_spinner=False)
def ledger() -> "Ledger":
    """The store."""
    from core.store import Ledger, open_database

    return Ledger(open_database(settings().database))


@st.cache_resource(show_spinner=False)
def library() -> "MediaLibrary":
    """The user's photos."""
    from core.media import MediaLibrary

    return MediaLibrary(settings().data / "media")


def classifier() -> "Classifier":
    """The model in service."""
    return _load(str(served_folder()))


@st.cache_resource(show_spinner="Loading the model …", max_entries=1)
def _load(folder: str) -> "Classifier":
    from core.model import read_bundle
    from core.model.loading import load_classifier

    return load_classifier(read_bundle(Path(folder)))


def served_folder() -> Path:
    """Where the model that answers is."""
    from core.serving import served_folder

    return served_folder(settings())


def installed_models() -> "tuple[InstalledModel, ...]":
    """All models on this machine, the bundled ones first."""
    from core.model.registry import installed
    from core.settings import BUNDLED_MODELS

    return installed(BUNDLED_MODELS, settings().own_models)


def report(model: "InstalledModel", split: str) -> "Report | None":
    """What is known of a model on one split, `None` if it was never judged on it.

    Raises:
        BundleError: The file is damaged.
    """
    from core.evaluation.report import file_name

    path = model.folder / file_name(split)
    return _read_report(str(model.folder), split, path.stat().st_mtime_ns) if path.is_file() else None


@st.cache_resource(show_spinner=False, max_entries=8)
def _read_report(folder: str, split: str, changed: int) -> "Report | None":
    from core.evaluation.report import read_report

    return read_report(Path(folder), split)


def model_adder() -> "Callable[..., AddedModel]":
    """What adds somebody else's model; may run in a thread."""
    from functools import partial

    from core.add import add_model

    tree, into = taxonomy(), settings().own_models
    return partial(add_model, taxonomy=tree, into=into)


def activate_model(name: str) -> None:
    """Let another model answer, for everybody, from now on.

    Raises:
        BundleError: It cannot be used.
    """
    from core.serving import switch_to

    switch_to(name, settings(), at=now())


def can_go_back() -> bool:
    """Whether another model answered before this one."""
    from core.errors import BundleError
    from core.serving import previous

    try:
        previous(settings())
    except BundleError:
        return False
    return not settings().model_is_fixed


def roll_back_model() -> None:
    """Let the model answer that did so before.

    Raises:
        BundleError: There is none.
    """
    from core.serving import previous

    activate_model(previous(settings()))


def now() -> datetime:
    """The current time, aware."""
    return datetime.now(UTC)
