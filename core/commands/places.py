"""`python -m core places`: lists of what lives where, that people give."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import now, taxonomy_in_use
from core.settings import Settings

if TYPE_CHECKING:
    from core.store import Checklists

places = typer.Typer(
    no_args_is_help=True,
    help="Import lists of what lives where; they win over the cards.",
    rich_markup_mode=None,
)


def _checklists(settings: Settings) -> "Checklists":
    from core.store import Checklists, open_database

    return Checklists(open_database(settings.database))


@places.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(help="CSV, or a Darwin Core archive such as those of GRIIS.")],
    country: Annotated[
        str | None, typer.Option(help="ISO 3166 code or name, for a list that does not say where.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the list; by default the file's name.")
    ] = None,
) -> None:
    """Use a list from now on: it says what is native, introduced or invasive there."""
    from core.formats.presence_list import read_presence_list
    from core.taxonomy.names import Names

    settings = Settings()
    found = read_presence_list(
        file, Names(taxonomy_in_use(settings)), checklist=name or file.stem, country=country
    )
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    number = _checklists(settings).add(name or file.stem, digest, found.records, at=now())
    countries = sorted({record.country for record in found.records})
    typer.echo(f"list {number}: {len(found.records)} lines about our species, for {', '.join(countries)}")
    if found.unknown:
        few = ", ".join(found.unknown[:5])
        typer.echo(
            f"{len(found.unknown)} names are none of our species and were left out: "
            f"{few}{', ...' if len(found.unknown) > 5 else ''}"
        )


@places.command("list")
def show_lists() -> None:
    """Show the lists; those in use have a star."""
    for one in _checklists(Settings()).all():
        star = "*" if one.in_use else " "
        typer.echo(
            f"{star} {one.id}: {one.name}, {one.entries} lines, {', '.join(one.countries)}, added {one.added_at:%Y-%m-%d}"
        )


@places.command("remove")
def remove_list(number: Annotated[int, typer.Argument(help="A number from the list.")]) -> None:
    """Take a list out of use; nothing is deleted."""
    _checklists(Settings()).use(number, in_use=False)
    typer.echo(f"list {number} is out of use; python -m core places restore {number} puts it back")


@places.command("restore")
def restore_list(number: Annotated[int, typer.Argument(help="A number from the list.")]) -> None:
    """Put a list back into use."""
    _checklists(Settings()).use(number, in_use=True)
    typer.echo(f"list {number} is in use")
