"""Two models on the same photos that neither learnt from, and on the corrections themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from core.decision import Calibration, log_likelihoods, sharpen, softmax
from core.model.tree_head import TreeHead
from core.taxonomy import Taxonomy
from core.training.calibrate import carry_likelihoods

Floats = NDArray[np.float32]
MOST_TAKEN = 0.005  # share of photos of other species that all new species together may take
TAIL = 0.05  # of these photos, those that a new species is nearest to taking


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Photos as embeddings `(n, d)`, what they show (of any rank), and their bursts."""

    embeddings: Floats
    labels: tuple[str, ...]
    groups: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> "Shown":
        """Return some photos."""
        return Shown(
            self.embeddings[rows],
            tuple(self.labels[row] for row in rows),
            tuple(self.groups[row] for row in rows),
        )

    def among(self, classes: Sequence[str]) -> "Shown":
        """Return the photos whose label is a class, not something coarser."""
        return self.take([row for row, label in enumerate(self.labels) if label in set(classes)])

    def joined(self, other: "Shown") -> "Shown":
        """Return the photos of both."""
        rows = np.concatenate([self.embeddings, other.embeddings]) if len(other) else self.embeddings
        return Shown(rows, self.labels + other.labels, self.groups + other.groups)


def raw_scores(head: TreeHead, embeddings: Floats) -> Floats:
    """Return the logits of every expert, `(n, e, k)`."""
    with torch.inference_mode():
        return np.asarray(head(torch.from_numpy(np.asarray(embeddings, np.float32))).numpy(), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A head, and what turns its scores into an answer."""

    head: TreeHead
    calibration: Calibration
    taxonomy: Taxonomy

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the head."""
        return self.head.classes

    def guesses(self, shown: Shown) -> tuple[str, ...]:
        """Return the most likely class of each photo, all classes being alike."""
        if not len(shown):
            return ()
        scores = log_likelihoods(raw_scores(self.head, shown.embeddings).mean(axis=1), self.calibration)
        return tuple(self.classes[column] for column in scores.argmax(axis=1))

    def probabilities(self, shown: Shown) -> NDArray[np.float64]:
        """Return calibrated probabilities `(n, k)`, all classes being alike, as the app does."""
        scores = log_likelihoods(raw_scores(self.head, shown.embeddings).mean(axis=1), self.calibration)
        return sharpen(softmax(scores), self.taxonomy, self.classes, self.calibration.rank_temperatures)


def as_before(
    old: Judged, head: TreeHead, held_out: Shown, prior: NDArray[np.floating], taxonomy: Taxonomy
) -> Judged:
    """Return a head that learnt a little more, calibrated like the old one but for its temperature.

    Args:
        held_out: Photos whose label is a class, to fit the temperature on.
        prior: Shape `(k,)`.
    """
    scores = raw_scores(head, held_out.embeddings).mean(axis=1)
    fitted = carry_likelihoods(old.calibration, scores, held_out.labels, prior, head.classes)
    return Judged(head, fitted, taxonomy)


@torch.no_grad()
def hush(model: Judged, others: Shown, fresh: Sequence[str]) -> None:
    """Lower the biases of new classes, in place, until together they are named for few photos that show none of them.

    A handful of photos says where a newcomer lies, but not how far it reaches. A few hundred photos of others cannot show
    directly what happens to one in a thousand: beyond the nearest of them, what is left falls off exponentially
    (peaks over threshold: Balkema and de Haan, 1974; Pickands, 1975).

    Args:
        others: Photos of the old classes that the head did not learn from.
        fresh: Classes of the head.
    """
    scores = log_likelihoods(raw_scores(model.head, others.embeddings).mean(axis=1), model.calibration)
    columns = [model.classes.index(name) for name in fresh]
    best = np.delete(scores, columns, axis=1).max(axis=1)
    near = max(1, round(TAIL * len(best)))
    for column in columns:
        ahead = np.sort(scores[:, column] - best)
        tail, threshold = ahead[-near:], ahead[max(0, len(ahead) - near - 1)]
        reach = np.log(near / len(best) * len(columns) / MOST_TAKEN)
        excess = float(threshold + (tail - threshold).mean() * max(reach, 0.0))
        model.head.bias[:, column] -= max(0.0, excess) * model.calibration.temperature


def agreeing(guesses: Sequence[str], labels: Sequence[str], taxonomy: Taxonomy) -> list[str]:
    """Return each label where the guess lies under it, else the guess."""
    return [
        label if guess == label or (label in taxonomy and _is_under(guess, label, taxonomy)) else guess
        for guess, label in zip(guesses, labels, strict=True)
    ]


def macro_f1(guesses: Sequence[str], labels: Sequence[str], taxonomy: Taxonomy) -> float:
    """Return the mean F1 over the labels that are shown, in [0, 1]; a guess under a coarse label is right."""
    found = agreeing(guesses, labels, taxonomy)
    return float(f1_score(list(labels), found, labels=sorted(set(labels)), average="macro", zero_division=0))


def share_right(guesses: Sequence[str], labels: Sequence[str], taxonomy: Taxonomy) -> float:
    """Return the share of guesses that lie under their label."""
    return float(
        np.mean([g == label for g, label in zip(agreeing(guesses, labels, taxonomy), labels, strict=True)])
    )


def _is_under(guess: str, label: str, taxonomy: Taxonomy) -> bool:
    return guess in taxonomy and any(taxon.id == label for taxon in taxonomy.lineage(guess))
