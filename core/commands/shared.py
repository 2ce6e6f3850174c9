"""What several commands need."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.settings import Settings

if TYPE_CHECKING:
    from core.store import Ledger

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
