"""The command line: `python -m core --help`."""

import json
import logging
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import FieldmarkError
from core.settings import Settings

if TYPE_CHECKING:
    from core.store import Ledger

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Fieldmark: which animal is it?", rich_markup_mode=None
)
log = logging.getLogger("fieldmark")
ModelOption = Annotated[
    Path | None, typer.Option("--model", help="Model folder; by default the bundled one.")
]


@app.command()
def identify(
    paths: Annotated[list[Path], typer.Argument(help="Photos, or folders of photos.")],
    top_k: Annotated[int, typer.Option(min=1, help="How many species to list.")] = 5,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON array, an object per file.")
    ] = False,
    model: ModelOption = None,
    target: Annotated[
        float | None, typer.Option(min=0.01, max=1.0, help="Probability that an answer must reach.")
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep photos and predictions in the database.")
    ] = False,
) -> None:
    """Identify the animal on each photo."""
    from core.formats.identifications import to_json
    from core.identify import Request, describe, model_identity, save_to
    from core.identify import identify as run
    from core.media import DecodeLimits, MediaLibrary, display_name, find_photos
    from core.model import read_bundle
    from core.model.torch_classifier import TorchClassifier
    from core.progress import progress_bar

    settings = Settings()
    bundle = read_bundle(model or settings.model)
    classifier = TorchClassifier(bundle)
    log.info("model %s", bundle.label)
    limits = DecodeLimits(int(settings.max_megabytes * 1e6), int(settings.max_megapixels * 1e6))
    keep = None
    if save:
        keep = save_to(
            _ledger(settings), MediaLibrary(settings.data / "media"), model_identity(bundle),
            door="cli", now=_now,
        )  # fmt: skip
    sources = [photo for path in paths for photo in find_photos(path)]
    done = []
    with progress_bar(quiet=not sys.stderr.isatty()) as bar:
        task = bar.add_task("identifying", total=len(sources))
        for item in run(sources, classifier, Request(target=target, top_k=top_k, limits=limits), save=keep):
            done.append(item)
            bar.advance(task)
            if not as_json:
                text = describe(item, bundle.taxonomy)
                notes = "".join(f"  [{note.code}]" for note in item.notes)
                typer.echo(f"{display_name(item.file)}: {text}{notes}")
    if as_json:
        typer.echo(to_json(done))


@app.command()
def train(
    photos: Annotated[Path, typer.Option(help="Folder that the manifest's files are relative to.")],
    manifest: Annotated[Path, typer.Option(help="CSV: file, scientific_name, split, group_id, ...")],
    init: Annotated[Path, typer.Option(help="Pretrained weights, safetensors.")],
    out: Annotated[Path, typer.Option(help="The model folder to make; also holds the checkpoint.")],
    epochs: Annotated[int, typer.Option(min=1)] = 16,
    batch_size: Annotated[int, typer.Option(min=2)] = 64,
    precision: Annotated[str, typer.Option(help="bf16 or fp32.")] = "bf16",
    workers: Annotated[int, typer.Option(min=0, help="Processes that decode photos.")] = 1,
    seed: Annotated[int, typer.Option()] = 0,
    version: Annotated[str, typer.Option(help="Version of the new model.")] = "1",
    device: Annotated[
        str | None, typer.Option(help="cpu or cuda; by default cuda where there is one.")
    ] = None,
) -> None:
    """Train a model; started again with the same arguments, a killed run goes on."""
    import torch

    from core.progress import TrainingProgress, progress_bar
    from core.species import load_cards, load_taxonomy
    from core.training.loop import LoopConfig
    from core.training.manifest import read_manifest
    from core.training.recipe import Recipe
    from core.training.recipe import train as run

    folder = Settings().species_info
    rows = read_manifest(manifest, photos, load_taxonomy(load_cards(folder), folder))
    if rows.quarantined:
        log.warning("%d photos left out: their group reaches into another split", len(rows.quarantined))
    config = LoopConfig(epochs=epochs, batch_size=batch_size, precision=precision, workers=workers, seed=seed)
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    with progress_bar() as bar:
        bundle = run(
            rows, load_taxonomy(load_cards(folder), folder), init, out,
            Recipe(version=version), config, TrainingProgress(bar), device=place,
        )  # fmt: skip
    typer.echo(f"{out}: {bundle.label}, val accuracy {bundle.metrics['val']['accuracy']:.4f}")


@app.command()
def evaluate(
    photos: Annotated[Path, typer.Option(help="Folder that the manifest's files are relative to.")],
    manifest: Annotated[Path, typer.Option(help="CSV: file, scientific_name, split, ...")],
    model: ModelOption = None,
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    as_json: Annotated[bool, typer.Option("--json")] = False,
    record: Annotated[bool, typer.Option(help="Write the figures into the model folder.")] = False,
) -> None:
    """Judge a model on labelled photos."""
    from core.model import read_bundle
    from core.training.judge import judge, record_scores, report
    from core.training.manifest import read_manifest

    bundle = read_bundle(model or Settings().model)
    rows = read_manifest(manifest, photos, bundle.taxonomy, unknown_species="skip")
    scores = judge(bundle, [photo for photo in rows.photos if photo.split == split])
    if record:
        record_scores(bundle, split, scores)
    if as_json:
        typer.echo(json.dumps({name: asdict(score) for name, score in scores.items()}, indent=1))
    else:
        typer.echo(report(scores))


@app.command("export-labels")
def export_labels(
    format_: Annotated[str, typer.Option("--format", help="Only csv so far.")] = "csv",
    with_places: Annotated[bool, typer.Option(help="Add exact positions. Mind threatened species.")] = False,
) -> None:
    """Print the current label of every corrected photo, as a training run would read it."""
    from core.formats.labels import to_table
    from core.species import load_cards, load_taxonomy

    if format_ != "csv":
        raise typer.BadParameter(f"{format_!r} is not supported; use csv", param_hint="--format")
    settings = Settings()
    taxonomy = load_taxonomy(load_cards(settings.species_info), settings.species_info)
    typer.echo(to_table(_ledger(settings).label_rows(), taxonomy, with_places=with_places), nl=False)


@app.command()
def migrate() -> None:
    """Create the database or bring it up to date; a copy is kept before any change."""
    _ledger(Settings())


@app.callback()
def configure(verbose: Annotated[bool, typer.Option("--verbose", "-v")] = False) -> None:
    """Fieldmark: which animal is it?"""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(message)s",
    )


def _ledger(settings: Settings) -> "Ledger":
    from core.store import Ledger, open_database

    return Ledger(open_database(settings.database))


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Run a command; what is meant for people ends as one line, not as a traceback."""
    try:
        app()
    except FieldmarkError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
