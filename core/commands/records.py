"""Commands about what people have entered."""

from typing import Annotated

import typer

from core.commands.shared import ledger, taxonomy_in_use
from core.settings import Settings


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
