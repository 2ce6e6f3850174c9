"""`python -m core evaluate`."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import ModelOption
from core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evaluation.predictions import Predictions
    from core.model import Classifier
    from core.training.manifest import LabelledPhoto


def evaluate(
    photos: Annotated[Path, typer.Option(help="Folder that the manifest's files are relative to.")],
    manifest: Annotated[Path, typer.Option(help="CSV: file, scientific_name, split, ...")],
    model: ModelOption = None,
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    record: Annotated[
        bool,
        typer.Option("--record", help="Write figures and report into the model folder, for card and app."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report; by default `evaluations` in your data folder.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="An older model: say whether this one may take its place.")
    ] = None,
    foreign: Annotated[
        Path | None,
        typer.Option(help="Photos of unlisted species: a folder, or a CSV with a column `file`."),
    ] = None,
) -> None:
    """Judge a model on labelled photos and write a report to look at."""
    from core.evaluation.foreign import count_unknown, read_foreign
    from core.evaluation.judge import judge_against, known_photos, make_report, record_report, write_report
    from core.evaluation.report import to_json
    from core.evaluation.text import report_text, verdict_text
    from core.model import read_bundle
    from core.model.loading import load_classifier
    from core.serving import served_folder
    from core.training.manifest import SPLITS, read_manifest

    if split not in SPLITS:
        raise typer.BadParameter(f"{split!r} is none of {', '.join(SPLITS)}", param_hint="--split")
    settings = Settings()
    folder = model or served_folder(settings)
    bundle = read_bundle(folder)
    rows = read_manifest(manifest, photos, bundle.taxonomy, unknown_species="skip")
    known = known_photos(bundle, rows.split(split))
    strange = read_foreign(foreign, photos, bundle.taxonomy) if foreign else ()
    classifier = load_classifier(bundle)
    found = _look(classifier, known, "judging")
    strangers = _look(classifier, strange, "strangers") if strange else None
    report = make_report(
        found, bundle, split=split, root=photos, made=date.today(), strangers=strangers,
        unknown=count_unknown(manifest, split, bundle.taxonomy),
    )  # fmt: skip
    if record:
        record_report(bundle, report)
    page = write_report(report, out or settings.data / "evaluations" / folder.resolve().name)
    typer.echo(to_json(report) if as_json else report_text(report))
    typer.echo(f"report to look at: {page}", err=True)
    if against is not None:
        typer.echo(verdict_text(judge_against(found, bundle, read_bundle(against))), err=as_json)


def _look(classifier: "Classifier", photos: "Sequence[LabelledPhoto]", what: str) -> "Predictions":
    """Let the network look at photos, with a bar and an estimate where someone watches."""
    from core.evaluation.predictions import predict_photos
    from core.progress import progress_bar

    with progress_bar(quiet=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=len(photos))
        return predict_photos(
            classifier, photos, on_progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
