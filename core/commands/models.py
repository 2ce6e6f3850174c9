"""`python -m core models`: which models there are, and which answers."""

from typing import Annotated

import typer

from core.commands.shared import now
from core.settings import BUNDLED_MODELS, Settings

models = typer.Typer(no_args_is_help=True, help="List, activate and roll back models.", rich_markup_mode=None)


@models.command("list")
def list_models() -> None:
    """List the installed models; the one that answers has a star."""
    from core.model.registry import installed
    from core.serving import served_folder

    settings = Settings()
    served = served_folder(settings)
    for model in installed(BUNDLED_MODELS, settings.own_models):
        star = "*" if model.folder == served else " "
        if model.bundle is None:
            typer.echo(f"{star} {model.name}: {model.problem}")
        else:
            species = len(model.bundle.taxonomy.leaves)
            typer.echo(
                f"{star} {model.name}: {model.bundle.label}, {species} species, {model.bundle.licence}"
            )


@models.command("activate")
def activate_model(name: Annotated[str, typer.Argument(help="A name from the list.")]) -> None:
    """Let another installed model answer from now on."""
    from core.serving import switch_to

    typer.echo(switch_to(name, Settings(), at=now()))


@models.command("rollback")
def roll_back() -> None:
    """Go back to the model that answered before."""
    from core.serving import previous, switch_to

    settings = Settings()
    typer.echo(switch_to(previous(settings), settings, at=now()))
