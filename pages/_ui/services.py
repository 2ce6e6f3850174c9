"""What the screens are served with; the only place that caches resources and picks implementations.

Screens call `services.ledger()` and the like, never import what these return, so that a test can
put its own in their place. Heavy modules are imported inside: the first page paints without torch.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.settings import Settings
from core.store import (
    Accounts,
    Checklists,
    Events,
    Gold,
    Knowledge,
    LabelledPhotos,
    Leases,
    Ledger,
    PhotoHashes,
    Queue,
    ReviewStore,
    SavedFilters,
    Sightings,
    open_database,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.add import AddedModel
    from core.errors import CardError
    from core.evaluation.report import Report
    from core.media import MediaLibrary
    from core.media.embeddings import EmbeddingStore
    from core.media.previews import Previews
    from core.model import Classifier
    from core.model.registry import InstalledModel
    from core.place import Borders
    from core.place.reporting import Contact
    from core.species import Source, SpeciesCard
    from core.species.cards import Disagreement
    from core.species.explore import Catalogue
    from core.species.groups import GroupCard
    from core.taxonomy import Taxonomy, TaxonSearch


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Settings, read once from the environment."""
    return Settings()


@st.cache_resource(show_spinner="Reading the species cards …")
def _cards() -> "tuple[dict[str, SpeciesCard], tuple[CardError, ...]]":
    from core.species.cards import read_cards

    return read_cards(settings().species_info)


def cards() -> "dict[str, SpeciesCard]":
    """All species cards that can be read, by taxon id."""
    return _cards()[0]


def card_problems() -> "list[str]":
    """What is wrong with the cards that cannot be read."""
    return [str(problem) for problem in (*_cards()[1], *_groups()[1])]


@st.cache_resource(show_spinner=False)
def _groups() -> "tuple[Mapping[str, GroupCard], tuple[CardError, ...]]":
    from core.species.groups import read_groups

    return read_groups(settings().species_info)


def groups() -> "Mapping[str, GroupCard]":
    """The short cards of genera, families, orders and classes by taxon id."""
    return _groups()[0]


@st.cache_resource(show_spinner=False)
def sources() -> "dict[str, Source]":
    """Where facts come from, by source id."""
    from core.species import load_sources

    return load_sources(settings().species_info)


@st.cache_resource(show_spinner=False)
def disagreements() -> "dict[str, tuple[Disagreement, ...]]":
    """What sources disagree on, by taxon id."""
    from core.species.cards import load_disagreements

    return load_disagreements(settings().species_info)


@st.cache_resource(show_spinner=False)
def contacts() -> "tuple[Contact, ...]":
    """Whom to tell."""
    from core.place.reporting import read_contacts

    return read_contacts(settings().species_info / "reporting.csv")


@st.cache_resource(show_spinner=False)
def borders() -> "Borders":
    """The countries of the world."""
    from core.place import load_borders
    from core.settings import ROOT

    return load_borders(ROOT / "assets" / "maps" / "borders.json")


@st.cache_resource(show_spinner=False)
def regions() -> "Mapping[str, frozenset[str]]":
    """Parts of the world and their countries."""
    from core.place.regions import load_regions
    from core.settings import ROOT

    return load_regions(ROOT / "assets" / "maps" / "regions.csv")


def taxonomy() -> "Taxonomy":
    """The tree that labels may name: that of the cards, or an imported one that holds it."""
    return _taxonomy(_version())


def _version() -> int:
    from core.species.versions import TaxonomyVersions

    return TaxonomyVersions(settings().data / "taxonomies").in_use()


@st.cache_resource(show_spinner=False, max_entries=2)
def _taxonomy(version: int) -> "Taxonomy":
    from core.species import load_taxonomy
    from core.species.versions import TaxonomyVersions

    if version:
        return TaxonomyVersions(settings().data / "taxonomies").load(version)
    return load_taxonomy(cards(), settings().species_info)


def search() -> "TaxonSearch":
    """Search over all names."""
    return _search(_version())


@st.cache_resource(show_spinner=False, max_entries=2)
def _search(version: int) -> "TaxonSearch":
    from core.taxonomy import TaxonSearch

    return TaxonSearch(_taxonomy(version))


def catalogue() -> "Catalogue":
    """All species, to choose from."""
    return _catalogue(_version())


@st.cache_resource(show_spinner=False, max_entries=2)
def _catalogue(version: int) -> "Catalogue":
    from core.species.explore import Catalogue

    return Catalogue(_taxonomy(version), cards())


def checklists() -> Checklists:
    """The lists that people gave."""
    return Checklists(engine())


def knowledge() -> Knowledge:
    """What other databases said."""
    return Knowledge(engine())


def review() -> ReviewStore:
    """What people did, as reviewing asks for it."""
    return ReviewStore(engine())


def queue() -> Queue:
    """Which photos are waiting."""
    return Queue(engine())


def events() -> Events:
    """Photos of one camera and moment."""
    return Events(engine())


def leases() -> Leases:
    """Who looks at what just now."""
    return Leases(engine())


def gold() -> Gold:
    """Tests with a known answer."""
    return Gold(engine())


def embeddings() -> "EmbeddingStore":
    """What the model that answers saw in each photo."""
    from core.media.embeddings import EmbeddingStore
    from core.model import read_bundle

    return EmbeddingStore(settings().embeddings, read_bundle(served_folder(), verify=False).weights_sha256)


def labelled() -> LabelledPhotos:
    """Everything that people say, for files that leave the house."""
    return LabelledPhotos(engine())


def saved_filters() -> SavedFilters:
    """Filters that people keep."""
    return SavedFilters(engine())


def accounts() -> Accounts:
    """Who may sign in."""
    return Accounts(engine())


def sightings() -> "Mapping[str, Sightings]":
    """What people's own photos show, by taxon id."""
    from core.store import sightings as seen

    return seen(ledger())


@st.cache_resource(show_spinner=False)
def engine() -> Any:
    """The database."""
    return open_database(settings().database)


@st.cache_resource(show_spinner=False)
def ledger() -> Ledger:
    """The store."""
    return Ledger(engine())


@st.cache_resource(show_spinner=False)
def library() -> "MediaLibrary":
    """The user's photos."""
    from core.media import MediaLibrary

    return MediaLibrary(settings().data / "media")


def previews() -> "Previews":
    """Small copies of the user's photos."""
    from core.media.previews import Previews

    return Previews(settings().data / "previews", library())


def hashes() -> PhotoHashes:
    """By what near-duplicates are found."""
    return PhotoHashes(engine())


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
    from pages._ui.training_services import promotions

    return served_folder(settings(), promotions())


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


def now() -> datetime:
    """The current time, aware."""
    return datetime.now(UTC)
