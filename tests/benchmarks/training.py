"""Embeddings and the head, against the raw forward and a bound that a coffee break allows."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.model import Preprocessing, read_bundle
from core.model.backbones import place
from core.model.network import create_network
from core.model.preprocess import fit, to_array
from core.model.tree_head import HeadSpec, TreeHead
from core.settings import Settings
from core.training.config import LoopConfig
from core.training.embeddings import extract_embeddings
from core.training.head import train_head
from core.training.losses import label_spans
from core.training.manifest import LabelledPhoto
from core.training.task import make_task
from tests.benchmarks.photos import draw_photo
from tests.benchmarks.result import Result

PHOTOS, HEAD_PHOTOS = 640, 5400


def measure(folder: Path) -> Iterator[Result]:
    """Yield embedding throughput and the time that a head takes."""
    yield _embeddings(folder)
    yield _head()


def _embeddings(folder: Path) -> Result:
    bundle = read_bundle(Settings().model)
    network = create_network(
        bundle.architecture, bundle.options, bundle.head, bundle.classes, bundle.taxonomy
    )
    network = place(network.float().eval(), "cpu")
    spec: Preprocessing = bundle.preprocessing
    image = Image.open(draw_photo(folder / "large.jpg", 0)).resize((320, 240))
    photos = []
    for number in range(PHOTOS):
        path = folder / f"{number:03}.jpg"
        image.rotate(number).save(path)
        photos.append(LabelledPhoto(path, bundle.classes[0], "train"))
    batch = torch.from_numpy(np.stack([to_array(fit(image, spec), spec)] * 32)).to(
        memory_format=torch.channels_last
    )
    with torch.inference_mode():
        network.features(batch)
        start = time.perf_counter()
        for _ in range(PHOTOS // 32):
            network.features(batch)
    raw = PHOTOS / (time.perf_counter() - start)
    start = time.perf_counter()
    extract_embeddings(network, photos, spec, workers=1, precision=LoopConfig().precision)
    ours = PHOTOS / (time.perf_counter() - start)
    what = f"embeddings of {PHOTOS} photos of 320 px from disk, against the raw forward in full precision"
    return Result(what, raw, ours, "photos/s", "≥ 0.9", ours >= 0.9 * raw)


def _head() -> Result:
    bundle = read_bundle(Settings().model)
    rng = np.random.default_rng(0)
    labels = [bundle.classes[i] for i in rng.integers(0, len(bundle.classes), HEAD_PHOTOS)]
    rows = [LabelledPhoto(Path(f"{i}.jpg"), label, "train") for i, label in enumerate(labels)]
    task = make_task(rows, rows[:200], bundle.taxonomy, bundle.preprocessing)
    head = TreeHead(task.taxonomy, task.classes, 1280, HeadSpec())
    embeddings = rng.normal(0, 1, (HEAD_PHOTOS, 1280)).astype(np.float32)
    spans = torch.from_numpy(label_spans(labels, task.classes, task.taxonomy))
    start = time.perf_counter()
    train_head(head, embeddings, spans, task.positions(), task.offsets(head.spec.experts))
    ours = time.perf_counter() - start
    what = f"a head of three experts on {HEAD_PHOTOS:,} cached embeddings"
    return Result(what, None, ours, "s", "≤ 60 s", ours <= 60)
