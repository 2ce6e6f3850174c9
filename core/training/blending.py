"""From several models of one network to one model folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from scipy.special import log_softmax

from core.errors import TrainingError
from core.model import Bundle, read_bundle
from core.model.network import create_network
from core.model.tree_head import HeadSpec
from core.taxonomy import Taxonomy
from core.training.calibrate import class_weights
from core.training.loop import score_photos, without_prior
from core.training.manifest import Manifest
from core.training.recipe import Listener, Recipe, finish
from core.training.soup import Weights, average, blend
from core.training.task import make_task


def blend_models(
    folders: Sequence[Path],
    manifest: Manifest,
    taxonomy: Taxonomy,
    out: Path,
    version: str,
    listener: Listener,
    *,
    share: float | None = None,
    workers: int = 1,
) -> Bundle:
    """Average models that went on from the same one, calibrate the result on val, and write it to `out`.

    Args:
        share: How much of the second of two models to take, in (0, 1), where val cannot tell what is wanted;
            by default as much of each as lowers the balanced log-loss.
        folders: Models of the same network and classes, trained on the split train of this manifest.

    Raises:
        TrainingError: There are fewer than two, or they differ.
        BundleError: One is damaged.
    """
    bundles = [read_bundle(folder) for folder in folders]
    if len(bundles) < 2:
        raise TrainingError("blending needs two models or more")
    if share is not None and (len(bundles) != 2 or not 0 < share < 1):
        raise TrainingError("a share between 0 and 1 can only be given for two models")
    first = bundles[0]
    for one in bundles[1:]:
        same = ("architecture", "options", "head", "classes", "preprocessing")
        if differs := [name for name in same if getattr(one, name) != getattr(first, name)]:
            raise TrainingError(
                f"{one.folder} differs from {first.folder} in its {differs[0]}; they cannot be blended"
            )
    task = make_task(manifest.split("train"), manifest.split("val"), taxonomy, first.preprocessing)
    if task.classes != first.classes:
        raise TrainingError(
            f"{first.folder} knows other classes than this manifest has; it was trained on another one"
        )
    network = create_network(
        first.architecture, first.options, first.head, first.classes, first.taxonomy
    ).float()
    weights: list[Weights] = [load_file(bundle.weights_path) for bundle in bundles]
    labels = [photo.label for photo in task.val]
    targets, worth = task.targets(task.val), class_weights(labels)

    def loss(one: Weights) -> float:
        network.load_weights(one)
        scores = without_prior(score_photos(network, task.val, task, workers=workers).mean(axis=1), task)
        return float(-(worth * log_softmax(scores, axis=1)[np.arange(len(targets)), targets]).mean())

    def tell(model: int, share: float, value: float) -> None:
        listener.on_stage(f"{share:.0%} of {folders[model]}: balanced log-loss {value:.4f}")

    if share is None:
        best, parts = blend(weights, loss, on_try=tell)
    else:
        best, parts = average(weights[0], weights[1], share), (1 - share, share)
        tell(1, share, loss(best))
    network.load_weights(
        {
            name: value.to(torch.float32) if value.is_floating_point() else value
            for name, value in best.items()
        }
    )
    used = [
        {
            "model": folder.name,
            "sha256": bundle.weights_sha256,
            "share": part,
            "config": bundle.training.get("config"),
        }
        for folder, bundle, part in zip(folders, bundles, parts, strict=True)
        if part
    ]
    recipe = Recipe(
        name=first.name, version=version, architecture=first.architecture, options=tuple(first.options.items()),
        head=HeadSpec.from_record(first.head),
        licence=first.licence,
    )  # fmt: skip
    return finish(network, task, recipe, {**first.training, "blend": used}, out, listener, workers=workers)
