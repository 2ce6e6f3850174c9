"""`python -m core identify`."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from core.commands.shared import ModelOption, ledger, now
from core.settings import Settings

log = logging.getLogger("fieldmark")


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
            ledger(settings), MediaLibrary(settings.data / "media"), model_identity(bundle),
            door="cli", now=now,
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
