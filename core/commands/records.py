"""Commands about what people have entered."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import ledger, taxonomy_in_use
from core.settings import Settings

if TYPE_CHECKING:
    from core.store import DatasetStore


def export_labels(
    format_: Annotated[str, typer.Option("--format", help="Only csv so far.")] = "csv",
    with_places: Annotated[bool, typer.Option(help="Add exact positions. Mind threatened species.")] = False,
) -> None:
    """Print the current label of every corrected photo, as a training run would read it."""
    from core.formats.labels import to_table

    if format_ != "csv":
        raise typer.BadParameter(f"{format_!r} is not supported; use csv", param_hint="--format")
    settings = Settings()
    typer.echo(
        to_table(ledger(settings).label_rows(), taxonomy_in_use(settings), with_places=with_places), nl=False
    )


def migrate() -> None:
    """Create the database or bring it up to date; a copy is kept before any change."""
    ledger(Settings())


def provenance(
    photo: Annotated[str, typer.Argument(help="A file, or the hash (SHA-256) of a photo or its beginning.")],
) -> None:
    """Say which models learnt from a photo, which were judged on it, and which left it out and why."""
    from core.formats.provenance import told
    from core.store import DatasetStore, open_database

    datasets = DatasetStore(open_database(Settings().database))
    sha256 = _hash_of(photo, datasets)
    for line in told(datasets.provenance(sha256)):
        typer.echo(f"{sha256[:12]} {line}")


def _hash_of(photo: str, known: "DatasetStore") -> str:
    """Return the hash of a file, or the one that begins like this."""
    import hashlib

    from core.errors import StoreError

    path = Path(photo)
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    found = known.photos_beginning(photo.lower())
    if len(found) != 1:
        raise StoreError(
            f"{photo!r} is no file, and {len(found) or 'no'} photos have a hash that begins like this"
        )
    return found[0]
