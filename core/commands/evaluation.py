"""`python -m core evaluate`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.commands.shared import ModelOption
from core.settings import Settings


def evaluate(
    photos: Annotated[Path, typer.Option(help="Folder that the manifest's files are relative to.")],
    manifest: Annotated[Path, typer.Option(help="CSV: file, scientific_name, split, ...")],
    model: ModelOption = None,
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    as_json: Annotated[bool, typer.Option("--json")] = False,
    record: Annotated[bool, typer.Option(help="Write the figures into the model folder.")] = False,
) -> None:
    """Judge a model on labelled photos."""
    from core.evaluation.judge import judge, record_scores, report
    from core.model import read_bundle
    from core.serving import served_folder
    from core.training.manifest import read_manifest

    bundle = read_bundle(model or served_folder(Settings()))
    rows = read_manifest(manifest, photos, bundle.taxonomy, unknown_species="skip")
    scores = judge(bundle, [photo for photo in rows.photos if photo.split == split])
    if record:
        record_scores(bundle, split, scores)
    if as_json:
        typer.echo(json.dumps({name: asdict(score) for name, score in scores.items()}, indent=1))
    else:
        typer.echo(report(scores))
