"""A whole report on cached predictions, at the size of a large survey; and the default model against the one before."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.decision import softmax
from core.evaluation.confusion import confused_pairs, rank_confusion, species_rows
from core.evaluation.metrics import curve_of, score
from core.evaluation.outcomes import compare
from core.model import read_bundle
from core.model.loading import load_classifier
from core.settings import BUNDLED_MODELS, Settings
from core.taxonomy import Rank, Taxon, Taxonomy
from tests.benchmarks.result import Result, alternate

PHOTOS, FANS = 10_000, (1, 2, 5, 5, 4, 5)  # children at every rank below the kingdom: 1,000 species


def measure(folder: Path) -> Iterator[Result]:
    """Yield the time of an evaluation, and the forward of version 2 against version 1."""
    level = [Taxon("t", Rank.KINGDOM, "T", None)]
    taxa = level[:]
    for rank, fan in zip(list(Rank)[1:], FANS, strict=True):
        level = [Taxon(f"{p.id}-{n}", rank, f"{p.id}-{n}", p.id) for p in level for n in range(fan)]
        taxa += level
    tree = Taxonomy(taxa)
    classes = [leaf.id for leaf in tree.leaves]
    rng = np.random.default_rng(0)
    truth = rng.integers(0, len(classes), PHOTOS)
    rows = softmax(rng.normal(0, 1, (PHOTOS, len(classes))) + 9 * np.eye(len(classes))[truth])
    labels = [classes[index] for index in truth]
    bursts = [f"b{row // 3}" for row in range(PHOTOS)]
    start = time.perf_counter()
    found = compare(y_true=labels, y_prob=rows, classes=classes, taxonomy=tree)
    score(found, target=0.65, trained=dict.fromkeys(classes, 9), clusters=bursts)
    curve_of(found), species_rows(found, clusters=bursts), confused_pairs(found)
    [rank_confusion(rank) for rank in found.ranks]
    ours = time.perf_counter() - start
    what = f"evaluation of {PHOTOS:,} cached predictions x {len(classes):,} classes, with intervals"
    yield Result(what, None, ours, "s", "≤ 10 s", ours <= 10)
    yield _versions()


def _versions() -> Result:
    old, new = (
        load_classifier(read_bundle(path)) for path in (BUNDLED_MODELS / "fieldmark-1", Settings().model)
    )
    size = new.bundle.preprocessing.size
    photo = [np.random.default_rng(0).normal(0, 1, (3, size, size)).astype(np.float32)]
    base, ours = alternate(lambda: old.predict(photo), lambda: new.predict(photo), 31)
    return Result(
        "one photo through the default model, against version 1",
        base,
        ours,
        "ms",
        "≤ 1.3",
        ours <= 1.3 * base,
    )
