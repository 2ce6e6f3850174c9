"""Photos as embeddings of a pretrained backbone that never saw their labels; the split test is not read."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from core.model.bundle import Preprocessing, file_sha256
from core.model.network import create_network
from core.model.tree_head import HeadSpec, TreeHead
from core.settings import Settings
from core.species import load_cards, load_taxonomy
from core.taxonomy import BLANK, Taxonomy
from core.training.embeddings import cached_embeddings
from core.training.head import HeadConfig, train_head
from core.training.initial import load_backbone
from core.training.manifest import LabelledPhoto, read_manifest
from core.training.recipe import Recipe
from core.training.task import Task, make_task

WIDTH = 256  # directions of the embeddings that are kept: five times faster, a point less accurate
SPEC = Preprocessing(224, "squash", 1.0, (0.5,) * 3, (0.5,) * 3)

DEFAULT, PLAIN = HeadSpec(), HeadConfig()
Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """Photos of the splits train and val with their embeddings `(n, WIDTH)`."""

    photos: tuple[LabelledPhoto, ...]
    x: Floats
    taxonomy: Taxonomy
    sites: tuple[str, ...]
    init: Path
    cache: Path

    def rows(self, split: str) -> Ints:
        return np.flatnonzero([photo.split == split for photo in self.photos])

    @property
    def labels(self) -> NDArray[np.str_]:
        return np.array([photo.label for photo in self.photos])

    @property
    def groups(self) -> list[str]:
        return [photo.group for photo in self.photos]

    def take(
        self, rows: Ints, labels: Sequence[str] | None = None, split: str = "train"
    ) -> list[LabelledPhoto]:
        """Return photos under other labels, as if they were of another split."""
        names = self.labels[rows] if labels is None else labels
        return [
            LabelledPhoto(
                self.photos[row].path,
                str(name),
                split,
                group=self.photos[row].group,
                kind=self.photos[row].kind,
            )  # type: ignore[arg-type]
            for row, name in zip(rows, names, strict=True)
        ]


def load(photos: Path, manifest: Path, init: Path, cache: Path) -> Embedded:
    """Embed all photos but those of the split test, once."""
    folder = Settings().species_info
    taxonomy = load_taxonomy(load_cards(folder), folder)
    found = read_manifest(manifest, photos, taxonomy)
    shown = found.split("train") + found.split("val")
    task = make_task(found.split("train"), found.split("val"), taxonomy, SPEC)
    recipe = Recipe()
    network = create_network(
        recipe.architecture, dict(recipe.options), HeadSpec().to_record(), task.classes, task.taxonomy
    )
    load_backbone(network, init)
    embeddings = cached_embeddings(
        network, shown, SPEC, cache, key=file_sha256(init), precision="bf16",
        on_progress=lambda done, total: print(f"\rembedding {done}/{total}", end="", flush=True),
    )  # fmt: skip
    learn = np.array([photo.split == "train" for photo in shown])
    reduced = PCA(WIDTH, random_state=0).fit(embeddings[learn]).transform(embeddings)
    # Turned at random, all directions have the same spread; a head that standardises would blow up the weak ones.
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(WIDTH, WIDTH)))
    with manifest.open(encoding="utf-8-sig", newline="") as file:
        place = {row["file"]: row.get("location_id") or "" for row in csv.DictReader(file)}
    sites = tuple(place[photo.path.relative_to(photos).as_posix()] for photo in shown)
    return Embedded(shown, np.asarray(reduced @ turn, np.float32), taxonomy, sites, init, cache)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A head and the task it learnt."""

    head: TreeHead
    task: Task

    def experts(self, x: Floats) -> Floats:
        """Return logits `(n, e, k)`."""
        with torch.inference_mode():
            return self.head(torch.from_numpy(x)).numpy()

    def logits(self, x: Floats) -> Floats:
        """Return the mean over experts, `(n, k)`."""
        return self.experts(x).mean(axis=1)


def fit_head(
    data: Embedded, rows: Ints, val: Ints, *, seed: int, spec: HeadSpec = DEFAULT, config: HeadConfig = PLAIN,
    labels: Sequence[str] | None = None, draw: Ints | None = None, reweight: float = 0.0,
) -> Trained:  # fmt: skip
    """Train a head on some rows.

    Args:
        labels: Other labels for `rows`, of any rank.
        draw: Positions in `rows` that a sampler drew, with repetitions, instead of each once.
    """
    task = make_task(data.take(rows, labels), data.take(val, split="val"), data.taxonomy, SPEC)
    known = {photo.path: index for index, photo in enumerate(task.train)}
    kept = [position for position, row in enumerate(rows) if data.photos[row].path in known]
    torch.manual_seed(seed)
    head = TreeHead(task.taxonomy, task.classes, data.x.shape[1], spec)
    order = (
        np.arange(len(kept)) if draw is None else np.array([kept.index(p) for p in draw if p in set(kept)])
    )
    x = data.x[rows][kept][order]
    weights = task.weights(task.train, reweight)[order] if reweight else None
    train_head(
        head, x, task.spans(task.train)[order], task.positions(), task.offsets(spec.experts),
        replace(config, seed=seed), weights=weights,
    )  # fmt: skip
    return Trained(head, task)


def species_only(data: Embedded, rows: Ints) -> Ints:
    """Leave out frames without an animal."""
    return rows[data.labels[rows] != BLANK]


def balanced_accuracy(guesses: Ints, targets: Ints) -> float:
    """Mean recall over the classes that are shown."""
    return float(np.mean([(guesses[targets == c] == c).mean() for c in np.unique(targets)]))
