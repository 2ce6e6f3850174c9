"""From a manifest and pretrained weights to a model folder."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from core.decision.novelty import NoveltyModel
from core.errors import TrainingError
from core.model import Bundle, Preprocessing, write_bundle
from core.model.backbones import place
from core.model.bundle import WEIGHTS, file_sha256
from core.model.network import Network, create_network
from core.model.novelty_file import NAME as NOVELTY
from core.model.novelty_file import write_novelty
from core.model.tree_head import HeadSpec, TreeHead
from core.taxonomy import Taxonomy
from core.training.calibrate import calibrate
from core.training.config import LoopConfig
from core.training.embeddings import cached_embeddings, extract_embeddings
from core.training.head import HeadConfig, train_head
from core.training.initial import continue_model, load_backbone, weights_file
from core.training.loop import EpochReport, Step, fine_tune, score_photos
from core.training.manifest import LabelledPhoto, Manifest
from core.training.memory import keep_freed_memory
from core.training.mining import mine_backgrounds
from core.training.sampling import refuse_double_correction
from core.training.strangers import fit_means, fit_strangers
from core.training.task import Task, make_task
from core.training.workers import join_workers


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything about a training run but the data and the schedule.

    Attributes:
        architecture, options: A timm name and what `create_backbone` is told.
        head: How the tree head is built.
        backgrounds: Blank frames made of training photos, as a share of them.
    """

    name: str = "Fieldmark"
    version: str = "2"
    architecture: str = "mobilenet_edgetpu_100"
    options: tuple[tuple[str, Any], ...] = (("pad_type", "same"), ("linear_stem", True))
    input_size: int = 224
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    head: HeadSpec = field(default_factory=HeadSpec)
    head_config: HeadConfig = field(default_factory=HeadConfig)
    backgrounds: float = 0.06
    licence: str = "Apache-2.0 weights; most training photos had no stated licence, see README.md"

    def preprocessing(self) -> Preprocessing:
        """Return how photos become input: the whole photo, squashed into a square."""
        return Preprocessing(self.input_size, "squash", 1.0, self.mean, self.std)


@dataclass(frozen=True, slots=True)
class Plan:
    """One training run: what is learnt, from where, how, and into which folder.

    Attributes:
        init: Pretrained weights (safetensors) of `recipe.architecture`, or a model folder.
        out: Folder of the model; what takes long is kept in its `run/`, so that a killed run finds it again.
        device: Such as `"cpu"`.
    """

    manifest: Manifest
    taxonomy: Taxonomy
    init: Path
    out: Path
    recipe: Recipe
    config: LoopConfig
    device: str

    @property
    def run(self) -> Path:
        """Checkpoints, embeddings and blank frames."""
        return self.out / "run"


class Listener(Protocol):
    """Hears how a run goes on; every method may do nothing."""

    def on_stage(self, text: str) -> None:
        """A new stage has begun."""

    def on_features(self, done: int, total: int) -> None:
        """`done` of `total` photos have been looked at."""

    def on_step(self, step: Step) -> None:
        """An optimisation step is done."""

    def on_epoch(self, report: EpochReport) -> bool:
        """An epoch is done and saved; returning False stops the run."""


def train(plan: Plan, listener: Listener) -> Bundle | None:
    """Train the head, fine-tune, calibrate on val, and write the bundle to `plan.out`.

    A run that was killed goes on when it is started again with the same plan.

    Returns:
        The model; `None` in all processes but the first of those that `torchrun` started.

    Raises:
        TrainingError: The weights do not fit, a split is empty, rare classes would be corrected for twice,
            or a checkpoint is of another run.
    """
    keep_freed_memory()
    config, workers = plan.config, join_workers(plan.device)
    network, task = prepare(plan, listener)
    listener.on_stage(f"fine-tuning on {len(task.train)} photos of {len(task.classes)} classes")
    reports = fine_tune(
        network, task, config, plan.run, on_step=listener.on_step, on_epoch=listener.on_epoch, workers=workers
    )
    described = describe_run(plan, task, reports)
    if not workers.leads:
        return None
    return finish(network, task, plan.recipe, described, plan.out, listener, workers=config.workers)


def finish(
    network: Network,
    task: Task,
    recipe: Recipe,
    described: dict[str, Any],
    out: Path,
    listener: Listener,
    *,
    workers: int,
) -> Bundle:
    """Store final weights in `out`, fit on val what is fitted afterwards, and write the bundle.

    Args:
        described: Where the weights come from, for the model card, see `describe_run`.
        workers: Processes that decode photos.
    """
    out.mkdir(parents=True, exist_ok=True)
    save_file(network.stored_weights(), out / WEIGHTS)
    network.load_weights(load_file(out / WEIGHTS))  # judge exactly what is shipped, half precision
    listener.on_stage("calibrating")
    experts = score_photos(network, task.val, task, workers=workers)
    calibration = calibrate(
        experts.mean(axis=1), [photo.label for photo in task.val], task.prior, task.classes, task.taxonomy
    )
    files = {}
    if (novelty := learn_strangers(network, task, experts[:, 0], workers)) is not None:
        files[NOVELTY] = file_sha256(write_novelty(novelty, out))
    bundle = Bundle(
        name=recipe.name,
        version=recipe.version,
        architecture=recipe.architecture,
        options=dict(recipe.options),
        preprocessing=task.spec,
        head=recipe.head.to_record(),
        classes=task.classes,
        taxonomy=task.taxonomy,
        calibration=calibration,
        weights_sha256=file_sha256(out / WEIGHTS),
        licence=recipe.licence,
        training=described,
        files=files,
        folder=out,
    )
    write_bundle(bundle, out)
    return bundle


def prepare(plan: Plan, listener: Listener) -> tuple[Network, Task]:
    """Return a network that knows the classes roughly, and what it is to learn.

    Raises:
        TrainingError: See `train`.
    """
    manifest, recipe, config = plan.manifest, plan.recipe, plan.config
    refuse_double_correction(config.sampler, recipe.head.experts, config.reweight)
    task = make_task(manifest.split("train"), manifest.split("val"), plan.taxonomy, recipe.preprocessing())
    torch.manual_seed(config.seed)
    network = create_network(
        recipe.architecture, dict(recipe.options), recipe.head.to_record(), task.classes, task.taxonomy
    )
    goes_on = continue_model(network, task, plan.init)
    if not goes_on:
        load_backbone(network, weights_file(plan.init))
    network = place(network, plan.device)
    return network, start_head(network, task, plan, listener, knows=goes_on)


def learn_strangers(
    network: Network, task: Task, val_logits: NDArray[np.float32], workers: int
) -> NoveltyModel | None:
    """Fit the novelty model on the photos of listed species, `None` where there are too few species."""

    def shown(photos: Sequence[LabelledPhoto]) -> NDArray[np.bool_]:
        return np.array([photo.label in task.taxonomy and photo.label in task.classes for photo in photos])

    kept, judged = shown(task.train), shown(task.val)
    train = [photo for photo, keep in zip(task.train, kept, strict=True) if keep]
    val = [photo for photo, keep in zip(task.val, judged, strict=True) if keep]
    targets, val_targets = task.targets(train), task.targets(val)
    if len(np.unique(targets)) < 3 or not val:
        return None
    means = fit_means(extract_embeddings(network, train, task.spec, workers=workers), targets)
    found = extract_embeddings(network, val, task.spec, workers=workers)
    return fit_strangers(means, found, val_logits[judged], val_targets)


def start_head(network: Network, task: Task, plan: Plan, listener: Listener, *, knows: bool) -> Task:
    """Train the head on the pretrained features; return the task with blank frames added.

    Args:
        knows: The head went on from a model that knew the classes; it only needs the blank frames.
    """
    head = network.head
    if not isinstance(head, TreeHead):
        raise TrainingError("only a network with a tree head can be trained")

    recipe, config = plan.recipe, plan.config

    def fit(task: Task) -> None:
        embeddings = cached_embeddings(
            network, task.train, task.spec, plan.run, key=file_sha256(weights_file(plan.init)),
            workers=config.workers, precision=config.precision, on_progress=listener.on_features,
        )  # fmt: skip
        device = head.bias.device
        head.cpu()
        train_head(
            head, embeddings, task.spans(task.train), task.positions(), task.offsets(network.experts),
            replace(recipe.head_config, seed=config.seed),
        )  # fmt: skip
        head.to(device)

    if not knows:
        listener.on_stage("training the head on pretrained features")
        fit(task)
    listener.on_stage("looking for empty parts of the photos")
    blanks = mine_backgrounds(
        network, task, plan.run / "backgrounds", share=recipe.backgrounds, seed=config.seed,
        on_progress=listener.on_features,
    )  # fmt: skip
    if blanks:
        task = make_task(task.train + blanks, task.val, task.taxonomy, task.spec)
    if blanks and not knows:
        fit(task)
    return task


def describe_run(plan: Plan, task: Task, reports: Sequence[EpochReport]) -> dict[str, Any]:
    """Return what the model card needs to say about where the model comes from."""

    def count(attribute: str, photos: Sequence[LabelledPhoto]) -> dict[str, int]:
        counts = Counter(getattr(photo, attribute) or "unknown" for photo in photos)
        return dict(counts.most_common())

    real = tuple(photo for photo in task.train if photo.kind != "background")
    return {
        "manifest_sha256": plan.manifest.sha256,
        "init": plan.init.name,
        "init_sha256": file_sha256(weights_file(plan.init)),
        "config": asdict(plan.config),
        "head_config": asdict(plan.recipe.head_config),
        "backgrounds": len(task.train) - len(real),
        "epochs": [asdict(report) for report in reports],
        "photos": {"train": len(real), "val": len(task.val)},
        "sources": count("source", real + task.val),
        "licence_classes": count("licence_class", real + task.val),
        "kinds": count("kind", real + task.val),
        "photos_per_class": count("label", real),
    }
