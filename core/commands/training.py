"""`python -m core train`."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from core.settings import Settings

log = logging.getLogger("fieldmark")


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
