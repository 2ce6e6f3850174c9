"""What comes after the network, against the network; and the tree at the size of a country's fauna."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.answering import answer_for, distribute, novelty_of
from core.decision import log_likelihoods
from core.model import read_bundle
from core.model.loading import load_classifier
from core.settings import Settings
from core.taxonomy import Rank, Taxon, Taxonomy
from tests.benchmarks.result import Result, alternate

BATCH = 64
FANS = (1, 2, 5, 10, 10, 10)  # children at every rank below the kingdom: 10,000 species


def measure(folder: Path) -> Iterator[Result]:
    """Yield the share of the time that decisions take, and top-k at every rank of a large tree."""
    classifier = load_classifier(read_bundle(Settings().model))
    size = classifier.bundle.preprocessing.size
    rng = np.random.default_rng(0)
    photos = [rng.normal(0, 1, (3, size, size)).astype(np.float32) for _ in range(BATCH)]
    prediction = classifier.predict(photos)
    log_prior = np.log(np.array(classifier.bundle.calibration.prior))

    def decide_all() -> None:
        scores = log_likelihoods(prediction.logits, classifier.bundle.calibration)
        strangers = novelty_of(prediction, classifier)
        found = distribute(scores, classifier.bundle, log_prior)
        for one, novelty in zip(found, strangers, strict=True):
            answer_for(one, classifier, (), 0.65, 5, novelty)

    base, ours = alternate(lambda: classifier.predict(photos), decide_all, 7)
    what = f"decision, prior, novelty and ladder of {BATCH} photos, against the forward"
    yield Result(what, base, ours, "ms", "≤ 0.05", ours <= 0.05 * base)
    yield _large()


def _large() -> Result:
    from core.decision import Distribution

    tree = large_tree()
    classes = [leaf.id for leaf in tree.leaves]
    rows = np.random.default_rng(1).dirichlet(np.full(len(classes), 0.01), BATCH)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        for one in Distribution.many(tree, classes, rows):
            for rank in Rank:
                one.top(5, rank)
        times.append(1000 * (time.perf_counter() - start) / BATCH)
    ours = float(np.median(times))
    return Result(
        f"top 5 at every rank, {len(classes):,} species, one photo", None, ours, "ms", "≤ 1 ms", ours <= 1
    )


def large_tree() -> Taxonomy:
    """Return a full tree of 10,000 species."""
    level = [Taxon("t", Rank.KINGDOM, "T", None)]
    taxa = level[:]
    for rank, fan in zip(list(Rank)[1:], FANS, strict=True):
        level = [
            Taxon(f"{parent.id}-{n}", rank, f"{parent.id}-{n}", parent.id)
            for parent in level
            for n in range(fan)
        ]
        taxa += level
    return Taxonomy(taxa)
