"""`python -m core publish`."""

from pathlib import Path
from typing import Annotated

import typer

from core.settings import BUNDLED_MODELS, ROOT, Settings


def publish(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    model: Annotated[
        str | None, typer.Option(help="A name from models list; by default the one that answers.")
    ] = None,
    push: Annotated[
        str | None, typer.Option(help="OWNER/NAME on the Hugging Face hub; log in there first. Private.")
    ] = None,
) -> None:
    """Write a model for timm, the Hugging Face hub, ONNX and AddaxAI, and say how far each answers the same."""
    import numpy as np

    from core.media import load_photo
    from core.model import read_bundle
    from core.model.hub import push_folder
    from core.model.preprocess import fit, to_array
    from core.model.registry import find_model
    from core.publish import publish as write
    from core.serving import served_folder

    settings = Settings()
    where = (
        find_model(model, BUNDLED_MODELS, settings.own_models).folder if model else served_folder(settings)
    )
    bundle = read_bundle(where)
    spec = bundle.preprocessing
    samples = [load_photo(path).image for path in sorted((ROOT / "assets" / "samples").glob("*.jpg"))]
    turned = [image.rotate(angle, expand=True) for image in samples for angle in (0, 90, 180, 270)]
    done = write(bundle, folder, np.stack([to_array(fit(image, spec), spec) for image in turned]))
    typer.echo(f"{bundle.label} is in {done.folder}")
    for statement in done.statements:
        typer.echo(statement)
    if push is not None:
        typer.echo(f"pushed: {push_folder(done.folder, push)}")
