"""`python -m core similar`: which of our photos look like this one."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import ModelOption
from core.settings import Settings

if TYPE_CHECKING:
    from core.identify import Upload


def similar(
    photo: Annotated[Path, typer.Argument(help="A photo.")],
    count: Annotated[int, typer.Option(min=1, help="How many to list.")] = 10,
    box: Annotated[
        str, typer.Option(help="Only this part: left,top,width,height in shares, such as 0.2,0.3,0.5,0.4.")
    ] = "",
    model: ModelOption = None,
) -> None:
    """List the saved photos that look most like this one, and its near-duplicates."""
    from core.errors import FieldmarkError
    from core.identify import identify_one
    from core.media import decode_photo, read_file
    from core.media.embeddings import EmbeddingStore
    from core.media.perceptual import near_duplicates, perceptual_hash
    from core.model import read_bundle
    from core.model.loading import load_classifier
    from core.serving import served_folder
    from core.store import LabelledPhotos, PhotoHashes, open_database

    settings = Settings()
    bundle = read_bundle(model or served_folder(settings))
    data = read_file(photo, max_bytes=int(settings.max_megabytes * 1e6))
    image = decode_photo(data, photo.name).image
    found = identify_one(_part(photo.name, data, box), load_classifier(bundle))
    if found.embedding is not None and not found.embedding.size:
        raise FieldmarkError(f"{bundle.label} does not show what it sees; choose another model with --model")
    if found.embedding is None:
        raise FieldmarkError(found.error.message if found.error else f"{photo.name} cannot be looked at")
    store = EmbeddingStore(settings.embeddings, bundle.weights_sha256)
    engine = open_database(settings.database)
    if not len(store):
        raise FieldmarkError(
            f"no photo was saved with {bundle.label} yet; python -m core identify PHOTOS --save does"
        )
    same = dict(near_duplicates(perceptual_hash(image), PhotoHashes(engine).all())) if not box else {}
    names = {
        sha256: name for name, hashes in LabelledPhotos(engine).hashes_by_name().items() for sha256 in hashes
    }
    for one in store.nearest(found.embedding, count)[0]:
        bits = same.get(one.sha256)
        mark = "" if bits is None else f"  near-duplicate, {bits} of 64 bits differ"
        typer.echo(f"{one.similarity:.3f}  {one.sha256[:12]}  {names.get(one.sha256, '')}{mark}")


def _part(name: str, data: bytes, box: str) -> "Upload":
    from core.errors import FormatError
    from core.formats.label_cells import read_box
    from core.identify import Upload
    from core.media import decode_photo

    if not box:
        return Upload(name, data)
    try:
        x, y, w, h = (float(side) for side in box.split(","))
        sides = read_box(x, y, w, h)
    except (ValueError, FormatError) as error:
        raise typer.BadParameter(str(error), param_hint="--box") from error
    image = decode_photo(data, name).image
    edges = (sides.x, sides.y, sides.x + sides.w, sides.y + sides.h)
    left, top, right, bottom = (
        round(e * s) for e, s in zip(edges, (image.width, image.height) * 2, strict=True)
    )
    buffer = io.BytesIO()
    image.crop((left, top, max(right, left + 1), max(bottom, top + 1))).save(buffer, "PNG")
    return Upload(f"{name}.png", buffer.getvalue())
