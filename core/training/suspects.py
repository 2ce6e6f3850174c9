"""Labels that a model, trained without them, cannot believe: the photos to look at again, worst first.

Confident learning asks which labels disagree with out-of-fold probabilities (Northcutt et al., 2021); the ranking is by
the normalised margin at every rank, which found planted errors better than measuring each class by its own confidence
(docs/experiments.md, E14).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.errors import TrainingError
from core.taxonomy import BLANK, Rank, Taxonomy
from core.training.label_noise import FOLDS, doubts, out_of_fold

LEAST_DOUBT = 0.5  # from which another taxon is at least as probable
LEAST_PHOTOS = 2  # of a class, below which a model trained without one of them knows nothing of it
SOFTNESS = 0.02  # inverse strength of the penalty; embeddings have many directions and few photos


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A photo and what it is said to show: a taxon of any rank, or a flag.

    Attributes:
        group: Burst or camera; photos of one group never judge one another. `""` for a photo alone.
    """

    sha256: str
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label to look at again.

    Attributes:
        doubt: In [0.5, 1]: 0.5 where another taxon is just as probable.
        rank: At which the label is doubted most, `None` where the question is whether there is an animal at all.
        seen: The taxon or flag that the model sees instead, at that rank.
        probability: Of `seen`.
        reason: A sentence for people.
    """

    sha256: str
    label: str
    doubt: float
    rank: Rank | None
    seen: str
    probability: float
    reason: str


def suspects(
    rows: Sequence[LabelledRow],
    embeddings: NDArray[np.floating],
    taxonomy: Taxonomy,
    *,
    least: float = LEAST_DOUBT,
    folds: int = FOLDS,
) -> list[Suspect]:
    """Return the labels that are probably wrong, worst first; a label is doubted at its own rank and all above it.

    Args:
        embeddings: Shape `(n, d)`, of the photos in the order of `rows`.
        least: Smallest doubt that is returned, in [0, 1].

    Raises:
        TrainingError: There are fewer groups than folds, or fewer than two labels.
    """
    labels = np.array([row.label for row in rows])
    groups = [row.group or row.sha256 for row in rows]
    if len(set(groups)) < folds or len(set(labels.tolist())) < 2:
        raise TrainingError(
            f"labels can only be doubted with {folds} bursts or more and two labels; there are {len(set(groups))} and "
            f"{len(set(labels.tolist()))}"
        )
    worst: dict[int, Suspect] = {}
    names, own, lineages = _leaves(labels, taxonomy)
    given = _out_of_fold(np.asarray(embeddings, np.float32), own, len(names), groups, folds)
    counts = np.bincount(own[own >= 0], minlength=len(names))
    for rank in (None, *Rank):
        taxa, place, of_label = _at_rank(rank, names, lineages, labels, taxonomy)
        judged = np.flatnonzero(of_label >= 0)
        if len(taxa) < 2 or not len(judged):
            continue
        summed = np.zeros((len(rows), len(taxa)))
        np.add.at(summed.T, place, given.T)
        doubt = doubts(summed[judged], of_label[judged])
        for row, value in zip(judged.tolist(), doubt.tolist(), strict=True):
            enough = own[row] < 0 or counts[own[row]] >= LEAST_PHOTOS
            if value < least or not enough or (row in worst and worst[row].doubt >= value):
                continue
            seen = int(np.where(np.arange(len(taxa)) == of_label[row], -1.0, summed[row]).argmax())
            worst[row] = _suspect(rows[row], rank, taxa[seen], float(summed[row, seen]), value, taxonomy)
    return sorted(worst.values(), key=lambda one: (-one.doubt, one.sha256))


def _leaves(
    labels: NDArray[np.str_], taxonomy: Taxonomy
) -> tuple[list[str], NDArray[np.intp], list[list[str]]]:
    """Return the species and flags among the labels, that of each photo (-1 for a coarser label), and their lineages."""
    fine = sorted({
        name for name in labels.tolist() if name not in taxonomy or taxonomy.get(name).rank is Rank.SPECIES
    })  # fmt: skip
    place = {name: index for index, name in enumerate(fine)}
    own = np.array([place.get(name, -1) for name in labels.tolist()], np.intp)
    lineages = [[t.id for t in taxonomy.lineage(name)] if name in taxonomy else [name] for name in fine]
    return fine, own, lineages


def _out_of_fold(
    x: NDArray[np.float32], own: NDArray[np.intp], classes: int, groups: Sequence[str], folds: int
) -> NDArray[np.float64]:
    """Return probabilities `(n, classes)` of models that saw neither the photo nor its burst."""

    def fit(learn: NDArray[np.intp], judge: NDArray[np.intp]) -> NDArray[np.float64]:
        shown = learn[own[learn] >= 0]
        full = np.zeros((len(judge), classes))
        if len(np.unique(own[shown])) < 2:
            full[:, own[shown][:1]] = 1.0
            return full
        centre, spread = x[shown].mean(axis=0), x[shown].std() + 1e-6
        model = LogisticRegression(C=SOFTNESS, max_iter=60).fit((x[shown] - centre) / spread, own[shown])
        full[:, model.classes_] = model.predict_proba((x[judge] - centre) / spread)
        return full

    return out_of_fold(len(x), classes, groups, fit, folds=folds)


def _at_rank(
    rank: Rank | None,
    names: Sequence[str],
    lineages: Sequence[Sequence[str]],
    labels: NDArray[np.str_],
    taxonomy: Taxonomy,
) -> tuple[list[str], NDArray[np.intp], NDArray[np.intp]]:
    """Return the groups that a rank divides the classes into, that of each class, and that of each label or -1.

    `None` stands for the division into animals and everything that is none.
    """

    def group(name: str) -> str | None:
        if name not in taxonomy:
            return name
        if rank is None:
            return taxonomy.root.id
        found = taxonomy.ancestor(name, rank)
        return found.id if found is not None else None

    found = [group(name) or lineage[-1] for name, lineage in zip(names, lineages, strict=True)]
    taxa = list(dict.fromkeys(found))
    index = {taxon: position for position, taxon in enumerate(taxa)}
    place = np.array([index[taxon] for taxon in found], np.intp)
    return taxa, place, np.array([index.get(group(name) or name, -1) for name in labels.tolist()], np.intp)


def _suspect(
    row: LabelledRow, rank: Rank | None, seen: str, probability: float, doubt: float, taxonomy: Taxonomy
) -> Suspect:
    sentence = (
        f"labelled {_called(row.label, taxonomy)}; without this photo the model sees {_called(seen, taxonomy)} at "
        f"{probability:.0%}"
    )
    return Suspect(row.sha256, row.label, doubt, rank, seen, probability, sentence)


def _called(name: str, taxonomy: Taxonomy) -> str:
    if name in taxonomy:
        return taxonomy.get(name).display_name
    return "no animal" if name == BLANK else name
