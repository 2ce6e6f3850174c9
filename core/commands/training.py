"""`python -m core train`."""

import json
import logging
import os
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.commands.shared import now
from core.settings import Settings

if TYPE_CHECKING:
    from core.model import Bundle
    from core.training.manifest import Manifest
    from core.training.recipe import Recipe

log = logging.getLogger("fieldmark")


def train(
    photos: Annotated[Path, typer.Option(help="Folder that the manifest's files are relative to.")],
    manifest: Annotated[Path, typer.Option(help="CSV: file, scientific_name, split, group_id, ...")],
    init: Annotated[
        Path, typer.Option(help="Pretrained weights (safetensors), or a model folder to go on from.")
    ],
    out: Annotated[Path, typer.Option(help="The model folder to make; also holds the checkpoint.")],
    architecture: Annotated[
        str, typer.Option(help="A timm network that the weights are of.")
    ] = "mobilenet_edgetpu_100",
    option: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE for timm (JSON values), for another architecture.")
    ] = None,
    input_size: Annotated[int, typer.Option(min=32, help="Side of the model's input in pixels.")] = 224,
    train_size: Annotated[
        int | None, typer.Option(min=32, help="Side while training; smaller is faster.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1)] = 16,
    patience: Annotated[int, typer.Option(min=1, help="Epochs without a better macro-F1.")] = 5,
    batch_size: Annotated[int, typer.Option(min=2)] = 64,
    frozen_depth: Annotated[int, typer.Option(min=0, help="Stages of the backbone that stay.")] = 3,
    backbone_rate: Annotated[float, typer.Option(min=0.0)] = 1e-4,
    head_rate: Annotated[float, typer.Option(min=0.0)] = 5e-4,
    layer_decay: Annotated[float, typer.Option(min=0.0, max=1.0, help="Factor per stage.")] = 1.0,
    smoothing: Annotated[float, typer.Option(min=0.0, max=0.5)] = 0.0,
    average: Annotated[
        float, typer.Option(min=0.0, max=0.9999, help="Decay per step of the running mean of the weights.")
    ] = 0.99,
    augmentation: Annotated[str, typer.Option(help="mild, default or strong.")] = "default",
    keep: Annotated[str, typer.Option(help="The best epoch on val, or the last.")] = "best",
    focal: Annotated[float, typer.Option(min=0.0, help="Easy photos count less, by this power.")] = 0.0,
    reweight: Annotated[
        float, typer.Option(min=0.0, max=0.99999, help="Rare classes count more (beta of effective numbers).")
    ] = 0.0,
    sampler: Annotated[str, typer.Option(help="instance, balanced, sqrt, progressive or cap.")] = "instance",
    cap: Annotated[int, typer.Option(min=1, help="Photos of a class and epoch, for --sampler cap.")] = 4000,
    mixup: Annotated[float, typer.Option(min=0.0, help="Lay photos over each other (beta parameter).")] = 0.0,
    empties: Annotated[
        float,
        typer.Option(min=0.01, max=1.0, help="Share of the empty frames in an epoch; the prior is undone."),
    ] = 1.0,
    only_first_frames: Annotated[
        bool, typer.Option("--first-frames", help="Train on the first photo of every sequence_id only.")
    ] = False,
    flat: Annotated[bool, typer.Option("--flat", help="No vectors above species, for comparison.")] = False,
    expert: Annotated[
        list[str] | None, typer.Option(help="softmax, balanced or inverse; by default all three.")
    ] = None,
    backgrounds: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Blank frames made of training photos, as a share.")
    ] = 0.06,
    tuned: Annotated[Path | None, typer.Option(help="The tune.json of `tune`: settings of the head.")] = None,
    find_rate: Annotated[
        bool, typer.Option("--find-rate", help="Only try which learning rate helps most, and draw it.")
    ] = False,
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

    from core.evaluation.curves import write_rates
    from core.model.tree_head import EXPERTS, HeadSpec
    from core.progress import TrainingProgress, progress_bar
    from core.species import load_cards, load_taxonomy
    from core.training.augment import STRENGTHS
    from core.training.config import LoopConfig
    from core.training.initial import head_of
    from core.training.manifest import first_frames, read_manifest
    from core.training.range_test import range_test
    from core.training.recipe import Plan, Recipe
    from core.training.recipe import train as run
    from core.training.run_log import RunKind, RunLog
    from core.training.tuning import read_tuned

    settings = Settings()
    folder = settings.species_info
    taxonomy = load_taxonomy(load_cards(folder), folder)
    rows = read_manifest(manifest, photos, taxonomy)
    if rows.quarantined:
        log.warning("%d photos left out: their group reaches into another split", len(rows.quarantined))
    if only_first_frames:
        kept = first_frames(rows.split("train"))
        log.warning("%d later frames of bursts left out of training", len(rows.split("train")) - len(kept))
        rows = replace(rows, photos=kept + rows.split("val") + rows.split("test"))
    for warning in rows.warnings:
        log.warning(warning)
    for value, known, name in (
        (augmentation, tuple(STRENGTHS), "--augmentation"),
        (keep, ("best", "last"), "--keep"),
    ):
        if value not in known:
            raise typer.BadParameter(f"{value!r} is none of {', '.join(known)}", param_hint=name)
    config = LoopConfig(
        epochs=epochs, batch_size=batch_size, frozen_depth=frozen_depth, train_size=train_size,
        backbone_rate=backbone_rate, head_rate=head_rate, layer_decay=layer_decay, smoothing=smoothing,
        average=average, augmentation=STRENGTHS[augmentation], keep=keep, focal=focal, reweight=reweight, sampler=sampler, cap=cap, mixup=mixup, empties=empties, patience=patience, precision=precision, workers=workers, seed=seed,
    )  # fmt: skip
    experts = tuple(expert or EXPERTS)
    if unknown := [name for name in experts if name not in EXPERTS]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(EXPERTS)}", param_hint="--expert")
    head = head_of(init) or HeadSpec(experts=experts, shared=not flat, cosine=not init.is_dir())
    recipe = Recipe(version=version, input_size=input_size, head=head, backgrounds=backgrounds)
    recipe = _with_architecture(recipe, architecture, option)
    if tuned is not None:
        recipe = read_tuned(tuned, recipe)
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    plan = Plan(rows, taxonomy, init, out, recipe, config, place)
    with progress_bar() as bar:
        if find_rate:
            listener = TrainingProgress(bar)
            test = range_test(plan, listener)
        else:
            asked = {"init": str(init), "recipe": asdict(recipe), "loop": asdict(config)}
            recorder = RunLog(settings.runs).begin(RunKind.TRAIN, out, rows.sha256, asked, at=now())
            leads = os.environ.get("RANK", "0") == "0"  # of those that torchrun started, one keeps the log
            listener = TrainingProgress(bar, recorder if leads else None)
            bundle = run(plan, listener)
    if find_rate:
        typer.echo(
            f"rates: valley {test.valley:.1e}, steepest {test.steep:.1e}, a tenth of the lowest {test.tenth:.1e}"
        )
        typer.echo(
            f"plot: {write_rates(test, out)}; --backbone-rate takes the valley or less, --head-rate five times that"
        )
        return
    if bundle is None:
        return
    val = _record(bundle, rows, photos, place)
    recorder.finish(bundle.weights_sha256, {"val": val}, at=now())


def blend(
    model: Annotated[list[Path], typer.Option(help="Model folders that went on from the same one.")],
    photos: Annotated[Path, typer.Option(help="Folder that the manifest's files are relative to.")],
    manifest: Annotated[Path, typer.Option(help="The CSV that they were trained with.")],
    out: Annotated[Path, typer.Option(help="The model folder to make.")],
    version: Annotated[str, typer.Option(help="Version of the new model.")] = "1",
    share: Annotated[
        float | None, typer.Option(help="How much of the second of two models to take, whatever val says.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that decode photos.")] = 1,
) -> None:
    """Average the weights of models, as far as that lowers the balanced log-loss on val."""
    from core.progress import TrainingProgress, progress_bar
    from core.species import load_cards, load_taxonomy
    from core.training.blending import blend_models
    from core.training.manifest import read_manifest
    from core.training.run_log import RunKind, RunLog

    settings = Settings()
    folder = settings.species_info
    taxonomy = load_taxonomy(load_cards(folder), folder)
    rows = read_manifest(manifest, photos, taxonomy)
    asked = {"models": [str(one) for one in model], "share": share, "version": version}
    recorder = RunLog(settings.runs).begin(RunKind.BLEND, out, rows.sha256, asked, at=now())
    with progress_bar() as bar:
        bundle = blend_models(
            model, rows, taxonomy, out, version, TrainingProgress(bar), share=share, workers=workers
        )
    val = _record(bundle, rows, photos, "cpu")
    shares = {one["model"]: one["share"] for one in bundle.training["blend"]}
    recorder.finish(bundle.weights_sha256, {"val": val, "share": shares}, at=now())


def tune(
    photos: Annotated[Path, typer.Option(help="Folder that the manifest's files are relative to.")],
    manifest: Annotated[Path, typer.Option(help="CSV: file, scientific_name, split, group_id, ...")],
    init: Annotated[Path, typer.Option(help="Pretrained weights (safetensors), or a model folder.")],
    out: Annotated[Path, typer.Option(help="Folder for the search and its result.")],
    architecture: Annotated[
        str, typer.Option(help="A timm network that the weights are of.")
    ] = "mobilenet_edgetpu_100",
    option: Annotated[list[str] | None, typer.Option(help="KEY=VALUE for timm.")] = None,
    input_size: Annotated[int, typer.Option(min=32)] = 224,
    trials: Annotated[int, typer.Option(min=1, help="How many settings to try in all.")] = 30,
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Search for good settings of the head; started again, a killed search goes on."""
    from core.progress import TrainingProgress, progress_bar
    from core.species import load_cards, load_taxonomy
    from core.training.manifest import read_manifest
    from core.training.recipe import Recipe
    from core.training.run_log import RunKind, RunLog
    from core.training.tuning import RESULT
    from core.training.tuning import tune as search

    settings = Settings()
    folder = settings.species_info
    taxonomy = load_taxonomy(load_cards(folder), folder)
    rows = read_manifest(manifest, photos, taxonomy)
    recipe = _with_architecture(Recipe(input_size=input_size), architecture, option)
    asked = {"init": str(init), "recipe": asdict(recipe), "trials": trials, "seed": seed}
    recorder = RunLog(settings.runs).begin(RunKind.TUNE, out, rows.sha256, asked, at=now())
    with progress_bar() as bar:
        task = bar.add_task("trials", total=trials)

        def tell(number: int, value: float, best: float) -> None:
            bar.update(task, completed=number + 1)
            recorder.epoch({"epoch": number + 1, "val_macro_f1": value})
            bar.console.print(f"trial {number + 1}: macro-F1 on val {value:.4f}, best so far {best:.4f}")

        best = search(
            rows, taxonomy, init, out, recipe, TrainingProgress(bar), trials=trials, seed=seed, on_trial=tell
        )
    recorder.finish("", {"best": asdict(best)}, at=now())
    typer.echo(f"best: {best}")
    typer.echo(f"python -m core train --tuned {out / RESULT} ... trains with it")


def _with_architecture(recipe: "Recipe", architecture: str, option: list[str] | None) -> "Recipe":
    if architecture == recipe.architecture:
        return recipe
    return replace(recipe, architecture=architecture, options=tuple(map(_pair, option or ())))


def _record(bundle: "Bundle", rows: "Manifest", photos: Path, place: str) -> dict[str, float]:
    """Judge a new model on val, write the figures beside it, and return those that are numbers."""
    from core.evaluation.judge import known_photos, make_report, record_report
    from core.evaluation.predictions import predict_photos
    from core.model import read_bundle
    from core.model.loading import load_classifier

    assert bundle.folder is not None  # it was just written to one
    found = predict_photos(load_classifier(bundle, device=place), known_photos(bundle, rows.split("val")))
    report = make_report(found, bundle, split="val", root=photos, made=date.today())
    record_report(bundle, report)
    typer.echo(f"{bundle.folder}: {bundle.label}, val accuracy {report.all.accuracy:.4f}")
    val = read_bundle(bundle.folder).metrics["val"]
    return {name: value for name, value in val.items() if isinstance(value, int | float)}


def _pair(text: str) -> tuple[str, object]:
    """Read KEY=VALUE; the value is JSON, or text where it is not."""
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="--option")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value
