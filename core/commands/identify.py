"""`python -m core identify`."""

import logging
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import ModelOption, ledger, now
from core.settings import Settings

if TYPE_CHECKING:
    from core.here import Here
    from core.identify import Identification
    from core.model import Bundle


class PriorMode(StrEnum):
    """Whether a batch may say what lives where it was taken."""

    AUTO = "auto"
    OFF = "off"


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
    error: Annotated[
        float | None,
        typer.Option(min=0.001, max=0.5, help="Accepted share of wrong answers, instead of --target."),
    ] = None,
    prior: Annotated[
        PriorMode, typer.Option(help="auto: let many photos of one place tell how common each species is.")
    ] = PriorMode.AUTO,
    checklist: Annotated[
        Path | None,
        typer.Option(help="CSV or text, a taxon a line: what may occur where the photos are from."),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep photos and predictions in the database.")
    ] = False,
) -> None:
    """Identify the animal on each photo."""
    from core.adapt import adapt, estimate_for
    from core.answering import target_of
    from core.decision.prior import LEAST_PHOTOS
    from core.formats.checklist import read_checklist
    from core.formats.identifications import explain, prior_record, to_json
    from core.identify import LEAST_SIDE, Request, model_identity, save_to
    from core.identify import identify as run
    from core.media import DecodeLimits, MediaLibrary, find_photos
    from core.media.embeddings import EmbeddingStore
    from core.media.previews import DECODE_SIDE, Previews
    from core.model import read_bundle
    from core.model.loading import load_classifier
    from core.progress import progress_bar
    from core.serving import served_folder
    from core.store import PhotoHashes, open_database

    settings = Settings()
    bundle = read_bundle(model or served_folder(settings))
    classifier = load_classifier(bundle)
    log.info("model %s", bundle.label)
    limits = DecodeLimits(int(settings.max_megabytes * 1e6), int(settings.max_megapixels * 1e6))
    keep = None
    if save:
        library = MediaLibrary(settings.data / "media")
        keep = save_to(
            ledger(settings), library, model_identity(bundle), door="cli", now=now,
            previews=Previews(settings.data / "previews", library),
            embeddings=EmbeddingStore(settings.embeddings, bundle.weights_sha256),
            hashes=PhotoHashes(open_database(settings.database)),
        )  # fmt: skip
    sources = [photo for path in paths for photo in find_photos(path)]
    least = DECODE_SIDE if save else LEAST_SIDE  # small copies are made of what is saved
    request = Request(target=target, error=error, top_k=top_k, limits=limits, min_side=least)
    target_of(bundle, target=target, error=error)  # an impossible wish is refused before the work
    listed = read_checklist(checklist, bundle) if checklist else None
    adapts = listed is not None or (prior is PriorMode.AUTO and len(sources) >= LEAST_PHOTOS)
    done = []
    with progress_bar(quiet=not sys.stderr.isatty()) as bar:
        task = bar.add_task("identifying", total=len(sources))
        for item in run(sources, classifier, request, save=keep):
            done.append(item)
            bar.advance(task)
            if not as_json and not adapts:
                typer.echo(line_of(item, bundle))
    estimate = None
    if adapts:
        estimate = listed or estimate_for(done, classifier)
        done = adapt(done, classifier, request, estimate)
        if estimate:
            typer.echo(explain(estimate, bundle.taxonomy), err=True)
        if not as_json:
            for item in done:
                typer.echo(line_of(item, bundle))
    if as_json:
        typer.echo(to_json(done, prior_record(estimate, bundle.taxonomy), _here(settings).presence))


def _here(settings: Settings) -> "Here":
    from core.here import Here
    from core.place import load_borders
    from core.settings import ROOT
    from core.species import load_cards, load_sources
    from core.store import Checklists, open_database

    # Identifying needs no database, and must not make one.
    there = bool(settings.database_url) or (settings.data / "fieldmark.db").is_file()
    lists = Checklists(open_database(settings.database)) if there else None
    return Here(
        load_borders(ROOT / "assets" / "maps" / "borders.json"), load_cards(settings.species_info),
        load_sources(settings.species_info), lists.records if lists else lambda country: [], settings.country,
    )  # fmt: skip


def line_of(item: "Identification", bundle: "Bundle") -> str:
    """Return what is printed about one file."""
    from core.identify import describe
    from core.media import display_name

    notes = "".join(f"  [{note.code}]" for note in item.notes)
    return f"{display_name(item.file)}: {describe(item, bundle.taxonomy)}{notes}"
