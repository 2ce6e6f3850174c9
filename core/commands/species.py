"""`python -m core species`: proof-read the cards, refresh what other databases say."""

import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import now, taxonomy_in_use
from core.settings import Settings

if TYPE_CHECKING:
    from core.refresh import Source

species = typer.Typer(
    no_args_is_help=True, help="Check and refresh the species cards.", rich_markup_mode=None
)


@species.command("check")
def check() -> None:
    """Say what is wrong with the cards, their sources and tables; exit with 1 if anything is."""
    from core.species.check import check_species

    problems = check_species(Settings().species_info)
    for problem in problems:
        typer.echo(problem)
    if problems:
        typer.echo(f"{len(problems)} problems")
        raise typer.Exit(1)
    typer.echo("the cards are in order")


@species.command("refresh")
def refresh(
    taxa: Annotated[
        list[str] | None, typer.Argument(help="Names; by default all species with a card.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="gbif, inat or iucn; by default all that can be asked.")
    ] = None,
    max_age: Annotated[int, typer.Option(min=0, help="Days for which an answer counts as fresh.")] = 30,
) -> None:
    """Ask GBIF, iNaturalist and, with FIELDMARK_IUCN_TOKEN, the Red List; answers are kept in the database."""
    from core.errors import TaxonomyError
    from core.progress import progress_bar
    from core.refresh import refresh as run
    from core.species import load_cards
    from core.store import Knowledge, open_database
    from core.taxonomy.names import Names

    settings = Settings()
    cards, tree = load_cards(settings.species_info), taxonomy_in_use(settings)
    names = Names(tree)
    wanted = []
    for text in taxa or ():
        found = names.find(text)
        if found is None or found[0] not in tree:
            raise TaxonomyError(f"no taxon is called {text!r}; use its scientific or English name")
        wanted.append(tree.get(found[0]))
    asked = wanted or [tree.get(card) for card in cards]
    with progress_bar(quiet=not sys.stderr.isatty()) as bar:
        task = bar.add_task("asking", total=None)
        report = run(
            asked, _sources(settings, source), Knowledge(open_database(settings.database)),
            ids={card.taxon: card.ids or {} for card in cards.values()}, now=now, sleep=time.sleep,
            max_age=timedelta(days=max_age),
            on_progress=lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )  # fmt: skip
    typer.echo(
        f"{report.found} found, {len(report.doubtful)} doubtful, {report.unknown} unknown to the source, "
        f"{report.fresh} still fresh, {len(report.failed)} without an answer"
    )
    for name, what in report.doubtful:
        typer.echo(f"  doubtful: {what} at {name}; nothing was taken over")
    for name, what, why in report.failed:
        typer.echo(f"  no answer: {what} at {name}: {why}")


def _sources(settings: Settings, chosen: list[str] | None) -> "list[Source]":
    from core.errors import RefreshError
    from core.refresh import Gbif, INaturalist, RedList

    known: dict[str, Source] = {"gbif": Gbif(), "inat": INaturalist(settings.data / "cache")}
    if settings.iucn_token:
        known["iucn"] = RedList(settings.iucn_token)
    names = chosen or list(known)
    for name in names:
        if name == "iucn" and name not in known:
            raise RefreshError(
                "the Red List needs your own token: get one at api.iucnredlist.org and set FIELDMARK_IUCN_TOKEN"
            )
        if name not in known:
            raise typer.BadParameter(f"{name!r} is none of gbif, inat, iucn", param_hint="--source")
    return [known[name] for name in dict.fromkeys(names)]
