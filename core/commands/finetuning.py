"""`python -m core finetune` and `remember`: learning from corrections."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import Depth, ModelOption, ledger, now, taxonomy_in_use
from core.settings import BUNDLED_MODELS, Settings

if TYPE_CHECKING:
    from core.store import LabelRow
    from core.taxonomy import Taxonomy
    from core.training.corrections import Correction
    from core.training.embedded import PhotoRow


def finetune(
    out: Annotated[str, typer.Option(help="Name of the new model; it lies beside your other models.")],
    base: Annotated[
        str | None,
        typer.Option("--from", help="Name of the model to go on from; by default the one that answers."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="CSV: file, scientific_name, split, ...; by default what you corrected in the app."
        ),
    ] = None,
    photos: Annotated[
        Path | None, typer.Option(help="Folder that the files in --labels are relative to.")
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="How far to go from the old weights to the new ones."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    version: Annotated[str | None, typer.Option(help="Version of the new model.")] = None,
    depth: Annotated[
        Depth, typer.Option(help="Whether the last blocks of the network learn too, or its head alone.")
    ] = "auto",
    base_photos: Annotated[
        Path | None, typer.Option(help="Folder of the photos that the old model learnt from.")
    ] = None,
    base_manifest: Annotated[Path | None, typer.Option(help="The CSV that lists them.")] = None,
) -> None:
    """Learn from corrections: a new model, judged against the old one; it does not answer before you activate it."""
    from core.evaluation.candidate import judge_candidate
    from core.evaluation.card import write_card
    from core.evaluation.gate_rules import read_rules
    from core.evaluation.text import finetuned_text, verdict_text
    from core.media import MediaLibrary
    from core.model import read_bundle
    from core.model.loading import load_classifier
    from core.model.registry import find_model
    from core.progress import progress_bar
    from core.serving import served_folder
    from core.species import load_cards
    from core.species.explore import THREATENED
    from core.training.finetune import FinetuneOptions, Progress
    from core.training.finetune import finetune as run
    from core.training.finetune_log import asked, corrections_sha256, figures, noting
    from core.training.run_log import RunKind, RunLog

    if Path(out).name != out or out.startswith("."):
        raise typer.BadParameter(f"{out!r} is a path; give a name", param_hint="--out")
    if (labels is None) != (photos is None):
        raise typer.BadParameter("--labels and --photos belong together", param_hint="--labels")
    if (base_photos is None) != (base_manifest is None):
        raise typer.BadParameter(
            "--base-photos and --base-manifest belong together", param_hint="--base-photos"
        )
    settings = Settings()
    taxonomy = taxonomy_in_use(settings)
    folder = find_model(base, BUNDLED_MODELS, settings.own_models).folder if base else served_folder(settings)
    if labels is not None and photos is not None:
        corrections, place = _from_table(labels, photos, taxonomy)
    else:
        corrections = _from_ledger(ledger(settings).label_rows())
        place = MediaLibrary(settings.data / "media").path
    old, target = read_bundle(folder), settings.own_models / out
    options = FinetuneOptions(alpha=alpha, epochs=epochs, version=version, depth=depth)
    remembered = {row.sha256[:16]: row for row in _listed(base_manifest, base_photos, taxonomy)}
    recorder = RunLog(settings.runs).begin(
        RunKind.FINETUNE, target, corrections_sha256(corrections), asked(old, options), at=now()
    )
    with progress_bar(quiet=not sys.stderr.isatty()) as bar:
        task = bar.add_task("starting", total=None)

        def tell(progress: Progress) -> None:
            score = "" if progress.macro_f1 is None else f", macro-F1 {progress.macro_f1:.3f}"
            bar.update(
                task,
                description=progress.stage + score,
                completed=progress.done,
                total=progress.total or None,
            )

        result = run(
            folder, corrections, taxonomy, target, options, photo_path=place, cache=settings.data / "cache",
            find_photo=remembered.get, on_progress=noting(recorder, tell),
        )  # fmt: skip
    recorder.finish(result.bundle.weights_sha256, figures(result), at=now())
    write_card(result.bundle, target)
    tree = result.bundle.taxonomy
    typer.echo(finetuned_text(result, lambda name: tree.get(name).display_name if name in tree else name))
    cards = load_cards(settings.species_info).values()
    report = judge_candidate(
        result, load_classifier(old), load_classifier(result.bundle), [], read_rules(settings.data),
        threatened=frozenset(card.taxon for card in cards if card.iucn in THREATENED),
    )  # fmt: skip
    typer.echo(verdict_text(report))
    typer.echo(f"{result.bundle.label}; python -m core models activate {out} lets it answer")


def remember(
    photos: Annotated[Path, typer.Option(help="Folder that the manifest's files are relative to.")],
    manifest: Annotated[Path, typer.Option(help="The CSV that the model was trained with.")],
    model: ModelOption = None,
) -> None:
    """Give a model a memory of its photos, as embeddings, so that it can learn from corrections without forgetting."""
    from core.evaluation.card import write_card
    from core.model import read_bundle
    from core.progress import progress_bar
    from core.serving import served_folder
    from core.training.exemplars import remember as run
    from core.training.manifest import read_manifest

    settings = Settings()
    folder = model or served_folder(settings)
    bundle = read_bundle(folder)
    rows = read_manifest(manifest, photos, bundle.taxonomy, unknown_species="skip")
    with progress_bar(quiet=not sys.stderr.isatty()) as bar:
        task = bar.add_task("looking at the photos", total=None)
        bundle = run(
            bundle, rows.split("train") + rows.split("val"), settings.data / "cache",
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
    write_card(bundle, folder)
    kept = bundle.training["memory"]
    typer.echo(
        f"{bundle.label} remembers {kept['rehearsed']} photos to rehearse and {kept['held_out']} to judge on"
    )


def _from_ledger(rows: "Iterable[LabelRow]") -> "list[Correction]":
    from core.taxonomy import BLANK
    from core.training.corrections import Correction

    return [
        Correction(row.sha256, row.label.taxon or BLANK, contested=row.label.votes < row.label.voters)
        for row in rows
    ]


def _listed(manifest: Path | None, photos: Path | None, taxonomy: "Taxonomy") -> "list[PhotoRow]":
    """Return the photos of the splits train and val of a manifest."""
    from core.model.bundle import file_sha256
    from core.training.embedded import PhotoRow
    from core.training.manifest import read_manifest

    if manifest is None or photos is None:
        return []
    rows = read_manifest(manifest, photos, taxonomy, unknown_species="skip")
    return [PhotoRow(file_sha256(one.path), one.path) for one in rows.split("train") + rows.split("val")]


def _from_table(
    labels: Path, photos: Path, taxonomy: "Taxonomy"
) -> "tuple[list[Correction], Callable[[str], Path]]":
    """Read corrections as `train` reads photos: train teaches, val judges, test is left alone."""
    from core.model.bundle import file_sha256
    from core.training.corrections import Correction
    from core.training.manifest import read_manifest

    rows = read_manifest(labels, photos, taxonomy)
    known = rows.split("train") + rows.split("val")
    hashes = [file_sha256(photo.path) for photo in known]
    corrections = [
        Correction(sha256, photo.label, photo.group, held_out=photo.split == "val")
        for sha256, photo in zip(hashes, known, strict=True)
    ]
    return corrections, dict(zip(hashes, (photo.path for photo in known), strict=True)).__getitem__
