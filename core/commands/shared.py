"""What several commands need."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.settings import Settings

if TYPE_CHECKING:
    from core.species.versions import TaxonomyVersions
    from core.store import Ledger
    from core.taxonomy import Taxonomy

Depth = Literal["auto", "head", "blocks"]  # as in core.training.at_hand, which needs torch
ModelOption = Annotated[
    Path | None, typer.Option("--model", help="Model folder; by default the bundled one.")
]


def ledger(settings: Settings) -> "Ledger":
    """Open the database of these settings."""
    from core.store import Ledger, open_database

    return Ledger(open_database(settings.database))


def now() -> datetime:
    """Return the current time, aware."""
    return datetime.now(UTC)


def taxonomy_versions(settings: Settings) -> "TaxonomyVersions":
    """Return where imported taxonomies are kept."""
    from core.species.versions import TaxonomyVersions

    return TaxonomyVersions(settings.data / "taxonomies")


def taxonomy_in_use(settings: Settings) -> "Taxonomy":
    """Return the tree that labels may name: that of the cards, or an imported one that holds it."""
    from core.species import load_cards, load_taxonomy

    versions = taxonomy_versions(settings)
    if number := versions.in_use():
        return versions.load(number)
    return load_taxonomy(load_cards(settings.species_info), settings.species_info)
