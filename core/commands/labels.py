"""`python -m core labels`: what people say of photos, to and from other programs."""

from pathlib import Path
from typing import Annotated

import typer

from core.commands.shared import now, taxonomy_in_use
from core.settings import Settings

FEW = 8

labels = typer.Typer(
    no_args_is_help=True, help="Export labels for other programs, and import theirs.", rich_markup_mode=None
)
FileArgument = Annotated[Path, typer.Argument(help="CSV, COCO Camera Traps or Label Studio JSON.")]
AnnotatorOption = Annotated[
    str | None,
    typer.Option(help="Who said it, where the file does not tell; by default FIELDMARK_ANNOTATOR."),
]


@labels.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    format_: Annotated[str, typer.Option("--format", help="csv, coco or label-studio.")] = "csv",
    places: Annotated[
        str, typer.Option(help="none, rough (1 km; 55 km for threatened species) or exact. Mind poachers.")
    ] = "none",
    unlabelled: Annotated[bool, typer.Option(help="Also photos that nobody has labelled yet.")] = False,
) -> None:
    """Write what people say now of every photo."""
    from core.formats.exchange import Places, exchange_photo
    from core.formats.label_formats import format_named
    from core.formats.label_studio import labelling_interface
    from core.media.library import write_whole
    from core.species import load_cards
    from core.store import LabelledPhotos, open_database

    settings = Settings()
    if places not in list(Places):
        raise typer.BadParameter(f"use one of {', '.join(Places)}", param_hint="--places")
    form = format_named(format_)
    iucn = {taxon: card.iucn for taxon, card in load_cards(settings.species_info).items()}
    records = LabelledPhotos(open_database(settings.database)).all(unlabelled=unlabelled)
    photos = [exchange_photo(record, places=Places(places), iucn=iucn) for record in records]
    tree = taxonomy_in_use(settings)
    write_whole(file, form.write(photos, tree).encode())
    said = sum(len(photo.labels) for photo in photos)
    typer.echo(f"{file}: {said} labels of {len(photos)} photos")
    if form.name == "label-studio":
        interface = file.with_suffix(".xml")
        write_whole(interface, labelling_interface(tree).encode())
        typer.echo(f"{interface}: the labelling interface that the project needs")


@labels.command("import")
def import_labels(
    file: FileArgument,
    format_: Annotated[
        str | None, typer.Option("--format", help="csv, coco or label-studio; by default the file tells.")
    ] = None,
    annotator: AnnotatorOption = None,
    skip_problems: Annotated[bool, typer.Option(help="Leave out bad rows instead of refusing.")] = False,
) -> None:
    """Add a file's labels to the history of our photos; `labels retract` takes them back."""
    from core.formats.label_formats import read_labels
    from core.formats.label_import import action_of, plan_import
    from core.store import LabelledPhotos, Ledger, open_database

    settings = Settings()
    engine = open_database(settings.database)
    known, ledger = LabelledPhotos(engine), Ledger(engine)
    reading = read_labels(file, taxonomy_in_use(settings), format_)
    plan = plan_import(
        reading, action=action_of(file.read_bytes()), hashes=known.hashes(), by_name=known.hashes_by_name(),
        history=ledger.history, standing=ledger.standing, annotator=annotator or settings.annotator, at=now(),
    )  # fmt: skip
    for problem in plan.problems[:FEW]:
        typer.echo(problem, err=True)
    if len(plan.problems) > FEW:
        typer.echo(f"... and {len(plan.problems) - FEW} more", err=True)
    if plan.problems and not skip_problems:
        typer.echo("nothing was imported; mend these rows, or leave them out with --skip-problems", err=True)
        raise typer.Exit(1)
    before = len(known.of_action(plan.action))
    refused = ledger.append_all(plan.acts, received_at=now())
    added = len(known.of_action(plan.action)) - before
    for reason in list(refused.values())[:FEW]:
        typer.echo(reason, err=True)
    typer.echo(
        f"{len(reading.photos)} photos, acts added: {added}, there already: {plan.known + len(plan.acts) - added}"
    )
    if added:
        typer.echo(f"python -m core labels retract {file} takes them back")


@labels.command("retract")
def retract_import(file: FileArgument, annotator: AnnotatorOption = None) -> None:
    """Take back what was imported from a file; the history keeps both."""
    from core.errors import FormatError
    from core.formats.label_import import action_of, retract
    from core.store import LabelledPhotos, Ledger, open_database

    settings = Settings()
    engine = open_database(settings.database)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FormatError(f"{file}: {error.strerror}") from error
    acts = LabelledPhotos(engine).of_action(action_of(content))
    undos = retract(acts, annotator=annotator or settings.annotator, at=now())
    Ledger(engine).append_all(undos, received_at=now())
    typer.echo(f"acts taken back: {len(undos)}")
