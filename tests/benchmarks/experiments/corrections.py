"""E15: learning from corrections. E17: species that the model did not know. E18: a camera that it did not know."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from core.model import Bundle, Preprocessing, read_bundle, write_bundle
from core.model.bundle import WEIGHTS, file_sha256
from core.model.memory_file import NAME as MEMORY
from core.model.memory_file import Memory, photo_number, read_memory, write_memory
from core.model.network import create_network
from core.model.tree_head import HeadSpec, TreeHead
from core.settings import Settings
from core.taxonomy import FLAGS
from core.training.calibrate import calibrate
from core.training.corrections import Correction
from core.training.embedded import PhotoRow, embed_photos, load_network
from core.training.exemplars import thinned, vectors_read
from core.training.finetune import FinetuneOptions, FinetuneResult, finetune
from core.training.head import HeadConfig, train_head
from core.training.held_out import Judged, Shown, macro_f1, raw_scores
from core.training.initial import load_backbone
from core.training.recipe import Recipe
from core.training.rehearsal import RehearsalConfig
from core.training.task import make_task
from tests.benchmarks.experiments.data import SPEC, Embedded, Ints

SEEDS = (0, 1, 2)
ROUNDS = 3
PLAIN = FinetuneOptions(alpha=1.0, rehearsal=RehearsalConfig(replay=0.0, anchor=0.0, distil=0.0))
WAYS = {"ours": FinetuneOptions(), "plain fine-tuning": PLAIN}


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """All photos as one backbone sees them, in the order of `data.photos`."""

    data: Embedded
    x: np.ndarray
    hashes: tuple[str, ...]

    def shown(self, rows: Ints) -> Shown:
        photos = [self.data.photos[row] for row in rows]
        return Shown(self.x[rows], tuple(p.label for p in photos), tuple(p.group for p in photos))

    def memory(self, rows: Ints, held_out: Ints, classes: Sequence[str]) -> Memory:
        both = np.concatenate([rows, held_out])
        both = both[[self.data.photos[row].label in classes for row in both]]
        names = {
            name: number for number, name in enumerate(dict.fromkeys(self.data.photos[r].group for r in both))
        }
        return thinned(
            Memory(
                self.x[both],
                np.array([classes.index(self.data.photos[row].label) for row in both]),
                np.isin(both, held_out),
                np.array([names[self.data.photos[row].group] for row in both]),
                np.array([photo_number(self.hashes[row]) for row in both], np.uint64),
            )
        )

    def corrections(self, rows: Ints) -> list[Correction]:
        return [
            Correction(self.hashes[r], self.data.photos[r].label, self.data.photos[r].group) for r in rows
        ]

    def finetune(self, base: Path, rows: Ints, out: Path, options: FinetuneOptions) -> FinetuneResult:
        places = {self.hashes[row]: self.data.photos[row].path for row in rows}
        return finetune(
            base, self.corrections(rows), self.data.taxonomy, out, options, photo_path=places.__getitem__,
            cache=self.data.cache,
        )  # fmt: skip


def look(data: Embedded, bundle: Bundle) -> Looked:
    hashes = tuple(file_sha256(photo.path) for photo in data.photos)
    rows = [PhotoRow(sha256, p.path) for sha256, p in zip(hashes, data.photos, strict=True)]
    found, _ = embed_photos(
        bundle, list(dict.fromkeys(rows)), data.cache,
        on_progress=lambda done, total: print(f"\rlooking {done}/{total}", end="", flush=True),
    )  # fmt: skip
    print()
    return Looked(data, np.stack([found[sha256] for sha256 in hashes]), hashes)


def imagenet(data: Embedded, folder: Path) -> Bundle:
    """Write a model whose backbone never learnt a label of the photos; its head knows nothing."""
    task = make_task(
        data.take(data.rows("train")), data.take(data.rows("val"), split="val"), data.taxonomy, SPEC
    )
    return _write(data, folder, task.classes, None, None, SPEC)


def _write(
    data: Embedded, folder: Path, classes: Sequence[str], looked: Looked | None, rows: tuple[Ints, Ints] | None,
    spec: Preprocessing,
) -> Bundle:  # fmt: skip
    """Write a model: the pretrained backbone and a head trained on some rows, calibrated and judged on others."""
    recipe, head_spec = Recipe(), HeadSpec(cosine=False)
    tree = data.taxonomy.subtree([name for name in classes if name not in FLAGS])
    network = create_network(recipe.architecture, dict(recipe.options), head_spec.to_record(), classes, tree)
    load_backbone(network, data.init)
    assert isinstance(network.head, TreeHead)
    folder.mkdir(parents=True)
    base = read_bundle(Settings().model)
    bundle = replace(
        base, name="Base", version="1", head=head_spec.to_record(), classes=tuple(classes), taxonomy=tree, folder=folder,
        preprocessing=spec, files={}, training={}, metrics={},
    )  # fmt: skip
    if looked is not None and rows is not None:
        train, val = (r[[data.photos[row].label in classes for row in r]] for r in rows)
        task = make_task(data.take(train), data.take(val, split="val"), data.taxonomy, spec)
        assert task.classes == tuple(classes)
        train_head(
            network.head, looked.x[train], task.spans(task.train), task.positions(), task.offsets(network.experts),
            HeadConfig(),
        )  # fmt: skip
        scores = raw_scores(network.head, looked.x[val]).mean(axis=1)
        labels = [data.photos[row].label for row in val]
        write_memory(looked.memory(train, val, classes), vectors_read(network.head), folder)
        bundle = replace(
            bundle, calibration=calibrate(scores, labels, task.prior, classes, tree),
            files={MEMORY: file_sha256(folder / MEMORY)}, training={"photos": {"train": len(train)}},
        )  # fmt: skip
    save_file(network.stored_weights(), folder / WEIGHTS)
    bundle = replace(bundle, weights_sha256=file_sha256(folder / WEIGHTS))
    write_bundle(bundle, folder)
    return bundle


def head_on(looked: Looked, train: Ints, val: Ints, folder: Path) -> Bundle:
    """Write a model on the pretrained backbone that learnt from `train` and judges itself on `val`."""
    labels = {looked.data.photos[row].label for row in train}
    tree = looked.data.taxonomy.subtree([name for name in labels if name not in FLAGS])
    classes = (*(leaf.id for leaf in tree.leaves), *(name for name in FLAGS if name in labels))
    torch.manual_seed(0)
    return _write(looked.data, folder, classes, looked, (train, val), SPEC)


def default_with(looked: Looked, judge: Ints, folder: Path) -> Bundle:
    """Write the default model with a memory that judges on some of its validation photos only."""
    bundle = read_bundle(shutil.copytree(Settings().model, folder))
    memory = read_memory(bundle)
    assert memory is not None
    kept = {int(photo_number(looked.hashes[row])) for row in judge}
    rows = ~memory.held_out | np.array([int(photo) in kept for photo in memory.photos])
    network = load_network(bundle)
    assert isinstance(network.head, TreeHead)
    write_memory(memory.take(rows), vectors_read(network.head), folder)
    bundle = replace(bundle, files={**bundle.files, MEMORY: file_sha256(folder / MEMORY)})
    write_bundle(bundle, folder)
    return bundle


def answers(bundle: Bundle) -> Judged:
    network = load_network(bundle)
    assert isinstance(network.head, TreeHead)
    return Judged(network.head, bundle.calibration, bundle.taxonomy)


def right(model: Judged, shown: Shown) -> float:
    return float(np.mean([g == label for g, label in zip(model.guesses(shown), shown.labels, strict=True)]))


def parts(looked: Looked, rows: Ints, shares: Sequence[float], seed: int) -> list[Ints]:
    """Divide rows by burst."""
    groups = np.array([looked.data.photos[row].group for row in rows])
    names = np.random.default_rng([seed, 15]).permutation(np.unique(groups))
    cuts = np.split(names, (np.cumsum(shares)[:-1] * len(names)).astype(int))
    return [rows[np.isin(groups, names)] for names in cuts]


def wrong_first(looked: Looked, model: Judged, pool: Ints, seed: int) -> Ints:
    """Order photos as a reviewer would see them: those that the model gets wrong, then others, each shuffled."""
    pool = np.random.default_rng([seed, 16]).permutation(pool)
    shown = looked.shown(pool)
    known = np.array([label in model.classes for label in shown.labels])
    hit = np.array([g == label for g, label in zip(model.guesses(shown), shown.labels, strict=True)])
    return np.concatenate([pool[known & ~hit], pool[known & hit]])


def rounds(
    looked: Looked,
    base: Path,
    pool: Ints,
    golden: Shown,
    size: int,
    options: FinetuneOptions,
    place: Path,
    seed: int,
) -> Iterator[dict[str, float]]:
    """Correct `size` photos, learn, and again from the new model; yield the figures of every round."""
    before = answers(read_bundle(base))
    start = macro_f1(before.guesses(golden), golden.labels, before.taxonomy)
    order = wrong_first(looked, before, pool, seed)
    for number in range(ROUNDS):
        given = order[: (number + 1) * size]
        result = looked.finetune(base, given, place / f"{size}-{number}", options)
        now = answers(result.bundle)
        yield {
            "wrong before": 1 - right(before, looked.shown(given)),
            "right after": right(now, looked.shown(given)),
            "golden change, points": 100
            * (macro_f1(now.guesses(golden), golden.labels, now.taxonomy) - start),
            "alpha": result.alpha,
            "seconds": result.seconds,
        }
        base = place / f"{size}-{number}"
