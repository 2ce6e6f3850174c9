"""`python -m core models`: which models there are, and which answers."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.commands.shared import now
from core.settings import BUNDLED_MODELS, Settings

models = typer.Typer(
    no_args_is_help=True, help="List, add, activate and roll back models.", rich_markup_mode=None
)


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


@models.command("decline")
def decline(
    name: Annotated[str, typer.Argument(help="A name from the list.")],
    why: Annotated[str, typer.Option(help="In your own words.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take that decision back.")] = False,
) -> None:
    """Write down that a model shall not answer; the one that answers goes on."""
    from core.serving import decline as run

    typer.echo(run(name, Settings(), at=now(), why=why, withdrawn=undo))


@models.command("add")
def add(
    source: Annotated[
        str,
        typer.Argument(help="hf-hub:owner/name, a folder (timm, open_clip, Fieldmark), or an .onnx file."),
    ],
    name: Annotated[str | None, typer.Option(help="Name of the new model.")] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="A name for each output; for a zero-shot model the taxa that it shall know."),
    ] = None,
    input_size: Annotated[int | None, typer.Option(min=16, help="Side of an ONNX network's input.")] = None,
) -> None:
    """Install a model of other people, and say which of its labels Fieldmark understands."""
    from core.add import MATCHES, add_model
    from core.progress import progress_bar
    from core.species import load_cards, load_taxonomy

    settings = Settings()
    taxonomy = load_taxonomy(load_cards(settings.species_info), settings.species_info)
    with progress_bar(quiet=not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading", total=None)
        added = add_model(
            source, taxonomy, settings.own_models, name=name, labels=labels, input_size=input_size,
            on_progress=lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None),
        )  # fmt: skip
    bundle = added.bundle
    typer.echo(f"added {bundle.label}, {len(bundle.taxonomy.leaves)} species, licence: {bundle.licence}")
    if added.unmatched:
        few = ", ".join(repr(label) for label in added.unmatched[:5])
        typer.echo(
            f'{len(added.unmatched)} of {len(added.matches)} labels mean nothing to Fieldmark and count as "other": {few}'
            f"{', ...' if len(added.unmatched) > 5 else ''}; all are in {bundle.weights_path.with_name(MATCHES)}"
        )
    folder = bundle.weights_path.parent.name
    typer.echo(
        f"python -m core models activate {folder} lets it answer; calibrate it first if you have labelled photos"
    )


@models.command("calibrate")
def calibrate_model(
    name: Annotated[str, typer.Argument(help="A model in your data folder.")],
    photos: Annotated[Path, typer.Option(help="Folder that the manifest's files are relative to.")],
    manifest: Annotated[Path, typer.Option(help="CSV: file, scientific_name, split, ...")],
    split: Annotated[str, typer.Option(help="Photos that the model was not trained on.")] = "val",
) -> None:
    """Fit an added model's probabilities to labelled photos, so that 80 % means four out of five."""
    from core.evaluation.judge import recalibrate
    from core.model.registry import find_model
    from core.training.manifest import read_manifest

    bundle = find_model(name, Settings().own_models).bundle
    assert bundle is not None  # find_model returns usable models
    rows = read_manifest(manifest, photos, bundle.taxonomy, unknown_species="skip")
    fitted = recalibrate(bundle, [photo for photo in rows.photos if photo.split == split])
    c = fitted.calibration
    typer.echo(f"{name}: temperature {c.temperature:.3f}, target {c.target:.2f}, calibrated on {c.n} photos")
