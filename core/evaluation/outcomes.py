"""What a model said about every photo, set against what the photo shows.

Everything that needs the whole `(n, k)` matrix is done here, once and in slices; all figures are then
counts over a few numbers per photo, so that a kind of photo or a redrawn sample costs next to nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.decision import covers, label_positions
from core.decision.answer import SCENES
from core.decision.stopping import paths
from core.taxonomy import FLAGS, OTHER, Rank, Taxonomy

SLICE = 2048  # rows at a time: bounds memory at thousands of classes
UNKNOWN = -1  # the label says nothing this fine
LEAST = 1e-12  # probability that a logarithm is taken of

Ints = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RankOutcomes:
    """The same photos at one rank.

    Attributes:
        taxa: Ids of the taxa of the rank, of species that have no ancestor there, and labels of `FLAGS`.
        truth, guess: Shape `(n,)`, positions in `taxa`; truth is `UNKNOWN` where the label is coarser.
        place: Shape `(n,)`: how many taxa are more probable than the true one.
    """

    rank: Rank
    taxa: tuple[str, ...]
    truth: Ints
    guess: Ints
    place: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Photos and what was said of them; all arrays have a row per photo.

    Attributes:
        classes: The model's classes; `truth` and `guess` are positions in it. Truth is `UNKNOWN` for
            labels above the species.
        confidence, truth_probability: Of the guess and of the true class (0 where that is unknown).
        squared_error: Sum over classes of the squared distance to a certain, right answer.
        path, path_probability: Shape `(n, 7)`: every answer that a target could lead to, see
            `core.decision.stopping.paths`, and its probability.
        path_right: Shape `(n, 7)`: whether the label lies under it.
        scene_probability: Shape `(n, 3)`: of `SCENES`.
        animal, other: Probability of any listed species, and of an unlisted one.
        novelty: The chance that the animal is none of the listed species; `None` if nobody looked.
    """

    classes: tuple[str, ...]
    taxonomy: Taxonomy
    truth: Ints
    guess: Ints
    confidence: Floats
    truth_probability: Floats
    squared_error: Floats
    path: Ints
    path_probability: Floats
    path_right: NDArray[np.bool_]
    scene_probability: Floats
    animal: Floats
    other: Floats
    ranks: tuple[RankOutcomes, ...]
    novelty: Floats | None = None

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Where the most probable class is the true one."""
        return np.asarray(self.guess == self.truth, bool)

    def take(self, rows: NDArray[Any]) -> "Outcomes":
        """Return some photos, with repetitions, or those of a mask."""
        ranks = tuple(replace(one, **_rows_of(one, rows)) for one in self.ranks)
        return replace(self, ranks=ranks, **_rows_of(self, rows))


def compare(
    *,
    y_true: Sequence[str],
    y_prob: NDArray[np.floating],
    classes: Sequence[str],
    taxonomy: Taxonomy,
    novelty: NDArray[np.floating] | None = None,
) -> Outcomes:
    """Set probabilities against labels.

    Args:
        y_true: Class names, or ids of any taxon above them.
        y_prob: Shape `(n, k)`, calibrated, rows sum to 1.
        classes: Ids of all species of `taxonomy` and labels of `FLAGS`, in the order of the columns.

    Raises:
        TaxonomyError: A label is neither a taxon of the tree nor a flag.
        ValueError: There are not as many labels as rows.
    """
    if len(y_true) != len(y_prob):
        raise ValueError(f"{len(y_true)} labels for {len(y_prob)} rows of probabilities")
    columns = {name: index for index, name in enumerate(classes)}
    truth = np.array([columns.get(name, UNKNOWN) for name in y_true], np.intp)
    nodes_true = label_positions(y_true, taxonomy)
    groups = [_groups(rank, classes, taxonomy) for rank in Rank]
    true_groups = [
        np.array([group.number_of(name, taxonomy) for name in y_true], np.intp) for group in groups
    ]
    parts = [
        _slice(
            y_prob[start : start + SLICE], truth[start : start + SLICE], nodes_true[start : start + SLICE],
            [one[start : start + SLICE] for one in true_groups], groups, classes, taxonomy,
        )
        for start in range(0, max(1, len(y_true)), SLICE)
    ]  # fmt: skip
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in (one.name for one in fields(Outcomes))
        if name not in ("classes", "taxonomy", "ranks", "novelty")
    }
    ranks = tuple(
        RankOutcomes(
            group.rank, group.names, true_groups[number],
            np.concatenate([part.ranks[number].guess for part in parts]),
            np.concatenate([part.ranks[number].place for part in parts]),
        )
        for number, group in enumerate(groups)
    )  # fmt: skip
    scores = None if novelty is None else np.asarray(novelty, np.float64)
    return Outcomes(tuple(classes), taxonomy, ranks=ranks, novelty=scores, **joined)


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """The taxa of one rank as slices of the leaves, and the flags behind them."""

    rank: Rank
    names: tuple[str, ...]
    numbers: dict[str, int]
    spans: Ints
    flags: Ints

    def number_of(self, label: str, taxonomy: Taxonomy) -> int:
        """Return the group of a label, `UNKNOWN` if it is coarser than the rank."""
        if label in self.numbers:
            return self.numbers[label]
        ancestor = None if label in FLAGS else taxonomy.ancestor(label, self.rank)
        return self.numbers[ancestor.id] if ancestor else UNKNOWN


def _groups(rank: Rank, classes: Sequence[str], taxonomy: Taxonomy) -> _Groups:
    """Species without an ancestor at the rank stand for themselves."""
    taxa = {taxonomy.index(taxon.id): taxon.id for taxon in taxonomy.at(rank)}
    under = {leaf.id for name in taxa.values() for leaf in taxonomy.leaves_under(name)}
    taxa |= {taxonomy.index(leaf.id): leaf.id for leaf in taxonomy.leaves if leaf.id not in under}
    order = sorted(taxa)
    flags = [index for index, name in enumerate(classes) if name in FLAGS]
    names = (*(taxa[index] for index in order), *(classes[index] for index in flags))
    numbers = {name: number for number, name in enumerate(names)}
    spans = taxonomy.spans[np.array(order, np.intp)]
    return _Groups(rank, names, numbers, spans, np.array(flags, np.intp))


def _slice(
    y_prob: NDArray[np.floating],
    truth: Ints,
    nodes_true: Ints,
    true_groups: Sequence[Ints],
    groups: Sequence[_Groups],
    classes: Sequence[str],
    taxonomy: Taxonomy,
) -> Outcomes:
    given = np.asarray(y_prob, np.float64)
    rows = np.arange(len(given))
    leaves = given[:, taxonomy.leaf_columns(classes)]
    nodes = taxonomy.sum_up(leaves)
    running = np.concatenate([np.zeros((len(given), 1)), np.cumsum(leaves, axis=1)], axis=1)
    path = paths(nodes, taxonomy)
    guess = given.argmax(axis=1)
    true_probability = np.where(truth >= 0, given[rows, truth], 0.0)
    flag = {name: given[:, list(classes).index(name)] for name in FLAGS if name in classes}
    nothing = np.zeros(len(given))
    return Outcomes(
        classes=tuple(classes),
        taxonomy=taxonomy,
        truth=truth,
        guess=guess,
        confidence=given[rows, guess],
        truth_probability=true_probability,
        squared_error=(given**2).sum(axis=1) - 2 * true_probability + 1,
        path=path,
        path_probability=np.where(path >= 0, np.take_along_axis(nodes, np.maximum(path, 0), axis=1), 0.0),
        path_right=np.stack([covers(taxonomy, path[:, rank], nodes_true) for rank in Rank], axis=1),
        scene_probability=np.stack([flag.get(name, nothing) for name in SCENES], axis=1),
        animal=nodes[:, 0],
        other=flag.get(OTHER, nothing),
        ranks=tuple(
            _at_rank(group, known, running, given) for group, known in zip(groups, true_groups, strict=True)
        ),
    )


def _at_rank(group: _Groups, truth: Ints, running: Floats, given: Floats) -> RankOutcomes:
    summed = running[:, group.spans[:, 1]] - running[:, group.spans[:, 0]]
    summed = np.concatenate([summed, given[:, group.flags]], axis=1)
    of_truth = summed[np.arange(len(summed)), truth][:, None]
    ahead = np.arange(summed.shape[1]) < truth[:, None]
    place = ((summed > of_truth) | ((summed == of_truth) & ahead)).sum(axis=1)
    return RankOutcomes(group.rank, group.names, truth, summed.argmax(axis=1), place)


def _rows_of(record: Outcomes | RankOutcomes, rows: NDArray[Any]) -> dict[str, Any]:
    values = {one.name: getattr(record, one.name) for one in fields(record)}
    return {name: value[rows] for name, value in values.items() if isinstance(value, np.ndarray)}
