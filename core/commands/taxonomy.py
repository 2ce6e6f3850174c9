"""`python -m core taxonomy`: other people's taxonomies."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import now, taxonomy_in_use, taxonomy_versions
from core.settings import Settings

if TYPE_CHECKING:
    from core.formats.taxon_list import TaxonList
    from core.taxonomy import Taxonomy

FEW = 8

taxonomy = typer.Typer(
    no_args_is_help=True, help="Check, import and switch taxonomies.", rich_markup_mode=None
)
FileArgument = Annotated[
    Path, typer.Argument(help="Our CSV, a Darwin Core list or archive, or a Catalogue of Life export.")
]


@taxonomy.command("check")
def check(file: FileArgument) -> None:
    """Say what a taxonomy would change, and what is wrong with it; nothing is changed."""
    from core.formats.taxon_list import read_taxon_list

    tree = taxonomy_in_use(Settings())
    found = read_taxon_list(file, tree)
    _report(found, tree)
    if found.problems:
        raise typer.Exit(1)


@taxonomy.command("import")
def import_taxonomy(
    file: FileArgument,
    skip_problems: Annotated[bool, typer.Option(help="Leave out bad rows instead of refusing.")] = False,
) -> None:
    """Add a taxonomy's taxa to ours, as a new version; labels may then name them."""
    from core.formats.taxon_list import read_taxon_list

    settings = Settings()
    tree = taxonomy_in_use(settings)
    found = read_taxon_list(file, tree)
    _report(found, tree)
    if found.problems and not skip_problems:
        typer.echo("nothing was imported; mend these rows, or leave them out with --skip-problems", err=True)
        raise typer.Exit(1)
    number = taxonomy_versions(settings).add(found.taxonomy, file.name, at=now())
    typer.echo(f"version {number} is in use; python -m core taxonomy use {number - 1} goes back")


@taxonomy.command("versions")
def versions() -> None:
    """List the versions; the one in use has a star."""
    kept = taxonomy_versions(Settings())
    typer.echo(f"{'*' if kept.in_use() == 0 else ' '} 0: the cards")
    for one in kept.all():
        typer.echo(
            f"{'*' if one.in_use else ' '} {one.number}: {one.taxa} taxa, from {one.source}, {one.added_at[:10]}"
        )


@taxonomy.command("use")
def use(number: Annotated[int, typer.Argument(help="A number from the versions.")]) -> None:
    """Switch to another version; 0 is the taxonomy that the cards span."""
    taxonomy_versions(Settings()).use(number)
    typer.echo(f"version {number} is in use")


def _report(found: "TaxonList", before: "Taxonomy") -> None:
    from core.taxonomy.diff import compare

    diff = compare(before, found.taxonomy)
    typer.echo(
        f"{found.rows} rows: {len(diff.added)} new taxa, {len(diff.moved)} moved, {len(found.notes)} notes, "
        f"{len(found.problems)} problems"
    )
    for title, lines in (
        ("new", [found.taxonomy.get(one).scientific_name for one in diff.added]),
        ("note", list(found.notes)),
        ("problem", list(found.problems)),
    ):
        for line in lines[:FEW]:
            typer.echo(f"  {title}: {line}")
        if len(lines) > FEW:
            typer.echo(f"  {title}: and {len(lines) - FEW} more")
