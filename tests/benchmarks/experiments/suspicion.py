"""E19: planted wrong labels, looked for as the product does, with labels above the species among them."""

import numpy as np
from sklearn.metrics import roc_auc_score

from core.taxonomy import Rank
from core.training.suspects import LabelledRow, suspects
from tests.benchmarks.experiments.data import Embedded
from tests.benchmarks.experiments.table import Claim, Outcome, rows_of

SEEDS = (0, 1, 2)
Figures = dict[str, dict[str, list[float]]]
WRONG, COARSE, FIRST = 0.05, 0.1, 50


def e19(data: Embedded, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """Flip labels to any other species or to no animal, make some coarse, and look where they come in the list."""
    found: Figures = {}
    e19_seeds(data, found, seeds)
    return e19_outcome(found, len(data.rows("train")))


def e19_seeds(data: Embedded, found: Figures, seeds: tuple[int, ...]) -> None:
    rows = data.rows("train")
    names = np.unique(data.labels[rows])
    for seed in seeds:
        rng = np.random.default_rng([seed, 19])
        labels = data.labels[rows].astype(object)
        wrong = rng.random(len(rows)) < WRONG
        for row in np.flatnonzero(wrong):
            labels[row] = rng.choice(names[names != labels[row]])
        coarse = rng.random(len(rows)) < COARSE
        for row in np.flatnonzero(coarse):
            if str(labels[row]) in data.taxonomy:
                family = data.taxonomy.ancestor(str(labels[row]), Rank.FAMILY)
                labels[row] = family.id if family else labels[row]
        given = [
            LabelledRow(str(number), str(label), data.photos[row].group)
            for number, (row, label) in enumerate(zip(rows, labels, strict=True))
        ]
        doubt = np.zeros(len(rows))
        listed = suspects(given, data.x[rows], data.taxonomy)
        for one in listed:
            doubt[int(one.sha256)] = one.doubt
        order = [int(one.sha256) for one in listed]
        for name, kept in {"labels of species": ~coarse, "labels of families": coarse}.items():
            figures = found.setdefault(name, {})
            figures.setdefault("AUROC", []).append(float(roc_auc_score(wrong[kept], doubt[kept])))
            first = [number for number in order if kept[number]][:FIRST]
            figures.setdefault(f"right among the first {FIRST}", []).append(float(wrong[first].mean()))
            hit = {number for number in order if wrong[number] and kept[number]}
            figures.setdefault("found at all", []).append(len(hit) / int((wrong & kept).sum()))
            figures.setdefault("listed", []).append(sum(kept[number] for number in order) / int(kept.sum()))


def e19_outcome(found: Figures, count: int) -> Outcome:
    columns = ("AUROC", f"right among the first {FIRST}", "found at all", "listed")
    species = found["labels of species"]
    return Outcome(
        "E19 Suspicious labels, as they are shown",
        f"{WRONG:.0%} of {count:,} train labels are flipped to any other, {COARSE:.0%} of all are then replaced by their family; `suspects` lists what "
        "is doubted at any rank. A wrong label whose family happens to be right is no mistake any more, but counts as one here.",
        ["labels", *columns], rows_of(found, columns),
        [
            Claim(f"labels of species: AUROC at least 0.95 ({np.mean(species['AUROC']):.3f})", float(np.mean(species["AUROC"])) >= 0.95),
            Claim(f"labels of species: at least 80 % of the first {FIRST} are wrong ({np.mean(species[columns[1]]):.0%})", float(np.mean(species[columns[1]])) >= 0.8),
        ],
    )  # fmt: skip
