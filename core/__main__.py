"""The command line: `python -m core --help`."""

import logging
import sys
from typing import Annotated

import typer

from core.commands.accounts import accounts
from core.commands.backups import backup, restore, verify
from core.commands.evaluation import evaluate
from core.commands.finetuning import finetune, remember
from core.commands.identify import identify
from core.commands.jobs import jobs
from core.commands.labels import labels
from core.commands.models import models
from core.commands.places import places
from core.commands.publish import publish
from core.commands.records import export_labels, migrate, provenance
from core.commands.runs import runs
from core.commands.similar import similar
from core.commands.species import species
from core.commands.taxonomy import taxonomy
from core.commands.training import blend, train, tune
from core.errors import FieldmarkError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Fieldmark: which animal is it?", rich_markup_mode=None
)
app.command()(identify)
app.command()(train)
app.command()(blend)
app.command()(tune)
app.command()(finetune)
app.command()(remember)
app.command()(evaluate)
app.command("export-labels")(export_labels)
app.command()(publish)
app.command()(similar)
app.command()(migrate)
app.command()(provenance)
app.command()(backup)
app.command()(restore)
app.command()(verify)
app.add_typer(accounts, name="accounts")
app.add_typer(labels, name="labels")
app.add_typer(models, name="models")
app.add_typer(runs, name="runs")
app.add_typer(jobs, name="jobs")
app.add_typer(species, name="species")
app.add_typer(places, name="places")
app.add_typer(taxonomy, name="taxonomy")


@app.callback()
def configure(verbose: Annotated[bool, typer.Option("--verbose", "-v")] = False) -> None:
    """Fieldmark: which animal is it?"""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(message)s",
    )


def main() -> None:
    """Run a command; what is meant for people ends as one line, not as a traceback."""
    try:
        app()
    except FieldmarkError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
