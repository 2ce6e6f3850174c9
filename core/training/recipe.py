"""From a manifest and pretrained weights to a model folder."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from core.decision import Calibration, fit_temperature, softmax
from core.errors import TrainingError
from core.model import Bundle, Preprocessing, write_bundle
from core.model.backbones import create_backbone, head_of, place
from core.model.bundle import WEIGHTS, file_sha256
from core.taxonomy import BLANK, Taxonomy
from core.training.card import write_card
from core.training.dataset import PhotoDataset
from core.training.loop import EpochReport, LoopConfig, Step, evaluate_logits, fine_tune
from core.training.manifest import LabelledPhoto, Manifest
from core.training.memory import keep_freed_memory
from core.training.metrics import choose_target, evaluate
from core.training.probe import extract_features, fit_probe


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything about a training run but the data and the schedule."""

    name: str = "Fieldmark"
    version: str = "1"
    architecture: str = "mobilenet_edgetpu_100"
    options: tuple[tuple[str, Any], ...] = (("pad_type", "same"), ("linear_stem", True))
    input_size: int = 224
    licence: str = "Apache-2.0 weights; most training photos had no stated licence, see README.md"


class Listener(Protocol):
    """Hears how a run goes on; every method may do nothing."""

    def on_stage(self, text: str) -> None:
        """A new stage has begun."""

    def on_features(self, done: int, total: int) -> None:
        """Features of `done` of `total` photos are ready."""

    def on_step(self, step: Step) -> None:
        """An optimisation step is done."""

    def on_epoch(self, report: EpochReport) -> bool:
        """An epoch is done and saved; returning False stops the run."""


def train(
    manifest: Manifest,
    taxonomy: Taxonomy,
    init: Path,
    out: Path,
    recipe: Recipe,
    config: LoopConfig,
    listener: Listener,
    *,
    device: str,
) -> Bundle:
    """Probe, fine-tune, calibrate on val, and write the bundle to `out`.

    A run that was killed goes on from `out/run/` when it is started again with the same arguments.

    Args:
        init: Pretrained weights (safetensors) of `recipe.architecture`.

    Raises:
        TrainingError: The weights do not fit, a split is empty, or a checkpoint is of another run.
    """
    keep_freed_memory()
    photos, val = manifest.split("train"), manifest.split("val")
    if not photos or not val:
        raise TrainingError("training needs photos in the splits train and val")
    labels = {photo.label for photo in photos}
    val = tuple(photo for photo in val if photo.label in labels)
    if not val or len(labels) < 2:
        raise TrainingError("training needs photos of two classes or more, and of them in val too")
    tree = taxonomy.subtree(labels - {BLANK})
    classes = tuple(leaf.id for leaf in tree.leaves) + ((BLANK,) if BLANK in labels else ())
    network, spec = load_pretrained(init, recipe, len(classes))
    network = place(network, device)
    run = out / "run"
    if not (run / "checkpoint.pt").exists():
        _start_head(network, classes, spec, photos, val, config, listener)
    listener.on_stage(f"fine-tuning all layers on {len(photos)} photos of {len(classes)} classes")
    reports = fine_tune(
        network, classes, spec, photos, val, config, run,
        on_step=listener.on_step, on_epoch=listener.on_epoch,
    )  # fmt: skip
    listener.on_stage("calibrating")
    _save_weights(network, out / WEIGHTS)
    network.load_state_dict(load_file(out / WEIGHTS))  # judge exactly what is shipped, half precision
    logits, targets = evaluate_logits(network, classes, spec, val, workers=config.workers)
    calibration = calibrate(logits, targets, classes, tree)
    scores = evaluate(
        softmax(logits, calibration.temperature), targets, classes, tree, target=calibration.target
    )
    bundle = Bundle(
        name=recipe.name,
        version=recipe.version,
        architecture=recipe.architecture,
        options=dict(recipe.options),
        preprocessing=spec,
        classes=classes,
        taxonomy=tree,
        calibration=calibration,
        weights_sha256=file_sha256(out / WEIGHTS),
        licence=recipe.licence,
        training=describe_run(replace(manifest, photos=photos + val), init, config, reports),
        metrics={"val": asdict(scores)},
        folder=out,
    )
    write_bundle(bundle, out)
    write_card(bundle, out)
    return bundle


def load_pretrained(init: Path, recipe: Recipe, num_classes: int) -> tuple[nn.Module, Preprocessing]:
    """Return the network with pretrained weights and a new head, and its preprocessing.

    Raises:
        TrainingError: The file is no safetensors file or of another architecture.
    """
    try:
        with safe_open(init, "pt") as file:
            outputs = file.get_slice("classifier.weight").get_shape()[0]
        weights = load_file(init)
        network = create_backbone(recipe.architecture, outputs, dict(recipe.options))
        network.load_state_dict(weights, strict=True)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise TrainingError(f"{init} holds no weights of {recipe.architecture}: {error}") from error
    network.reset_classifier(num_classes)  # type: ignore[operator]
    half = (0.5, 0.5, 0.5)
    return network.float(), Preprocessing(recipe.input_size, "squash", 1.0, half, half)


def calibrate(
    logits: NDArray[np.float32], targets: NDArray[np.intp], classes: Sequence[str], taxonomy: Taxonomy
) -> Calibration:
    """Fit the temperature, then choose the target that keeps wrong statements to 5 %."""
    temperature = fit_temperature(logits, targets)
    probabilities = softmax(logits, temperature)
    target, error = choose_target(probabilities, targets, classes, taxonomy)
    return Calibration(temperature=temperature, target=target, n=len(targets), target_error=error)


def describe_run(
    manifest: Manifest, init: Path, config: LoopConfig, reports: Sequence[EpochReport]
) -> dict[str, Any]:
    """Return what the model card needs to say about where the model comes from."""
    used = [photo for photo in manifest.photos if photo.split != "test"]
    train = manifest.split("train")

    def count(attribute: str, photos: Sequence[LabelledPhoto]) -> dict[str, int]:
        counts = Counter(getattr(photo, attribute) or "unknown" for photo in photos)
        return dict(counts.most_common())

    return {
        "manifest_sha256": manifest.sha256,
        "init": init.name,
        "init_sha256": file_sha256(init),
        "config": asdict(config),
        "epochs": [asdict(report) for report in reports],
        "photos": {name: len(manifest.split(name)) for name in ("train", "val")},
        "sources": count("source", used),
        "licence_classes": count("licence_class", used),
        "kinds": count("kind", used),
        "photos_per_class": count("label", train),
    }


def _start_head(
    network: nn.Module,
    classes: Sequence[str],
    spec: Preprocessing,
    photos: Sequence[LabelledPhoto],
    val: Sequence[LabelledPhoto],
    config: LoopConfig,
    listener: Listener,
) -> None:
    listener.on_stage("linear probe on the pretrained features")
    features: Callable[[Sequence[LabelledPhoto]], Any] = lambda rows: extract_features(  # noqa: E731
        network, PhotoDataset(rows, classes, spec), workers=config.workers, on_progress=listener.on_features
    )
    weight, bias, score = fit_probe(features(photos), features(val), len(classes))
    head = head_of(network)
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight))
        head.bias.copy_(torch.from_numpy(bias))
    listener.on_stage(f"the probe reaches macro-F1 {score:.3f} on val")


def _save_weights(network: nn.Module, path: Path) -> None:
    """Save in half precision, except norms: half the size, and no answer changes."""
    norms = {
        f"{name}.{key}"
        for name, module in network.named_modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm)
        for key in module.state_dict()
    }
    tensors = {
        key: (value if key in norms or not value.is_floating_point() else value.half()).contiguous().cpu()
        for key, value in network.state_dict().items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
