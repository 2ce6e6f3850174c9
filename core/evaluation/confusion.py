"""Which classes are taken for which, and where each one stands."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.bootstrap import wilson_interval
from core.evaluation.outcomes import UNKNOWN, Outcomes, RankOutcomes
from core.evaluation.ranks import counts
from core.evaluation.report import ConfusedPair, RankConfusion, SpeciesRow
from core.taxonomy import FLAGS, Taxonomy

PAIRS = 60


def rank_confusion(outcomes: RankOutcomes) -> RankConfusion:
    """Count truth against guess at one rank; labels that are coarser are left out."""
    known = outcomes.truth != UNKNOWN
    truth, guess = outcomes.truth[known], outcomes.guess[known]
    used = np.unique(np.concatenate([truth, guess]))
    cells, numbers = np.unique(
        np.stack([np.searchsorted(used, truth), np.searchsorted(used, guess)], axis=1), axis=0,
        return_counts=True,
    )  # fmt: skip
    return RankConfusion(
        rank=outcomes.rank.label,
        taxa=tuple(outcomes.taxa[index] for index in used),
        cells=tuple((int(t), int(g), int(n)) for (t, g), n in zip(cells, numbers, strict=True)),
    )


def confused_pairs(outcomes: Outcomes, *, most: int = PAIRS) -> tuple[ConfusedPair, ...]:
    """Return the pairs of truth and wrong guess, the most frequent first, then by share."""
    known = outcomes.take(outcomes.truth != UNKNOWN)
    shown = np.bincount(known.truth, minlength=len(known.classes))
    wrong = ~known.right
    pairs, numbers = np.unique(
        np.stack([known.truth[wrong], known.guess[wrong]], axis=1), axis=0, return_counts=True
    )
    found = [
        ConfusedPair(
            known.classes[t], known.classes[g], int(n), float(n / shown[t]),
            _shared(known.classes[t], known.classes[g], known.taxonomy),
        )
        for (t, g), n in zip(pairs, numbers, strict=True)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda pair: (-pair.count, -pair.share, pair.truth, pair.guess))[:most])


def species_rows(
    outcomes: Outcomes, *, trained: Mapping[str, int] | None = None, clusters: Sequence[str] | None = None
) -> tuple[SpeciesRow, ...]:
    """Return a row for every class, in tree order, flags last.

    Args:
        trained: Number of training photos by class.
        clusters: The burst of each photo; by default every photo is its own.
    """
    exact = outcomes.truth != UNKNOWN
    known = outcomes.take(exact)
    names = np.arange(len(known)).astype(str) if clusters is None else np.asarray(clusters)[exact]
    found = counts(y_true=known.truth, y_pred=known.guess, size=len(known.classes))
    order = [*outcomes.taxonomy.leaf_columns(known.classes)]
    order += [index for index, name in enumerate(known.classes) if name in FLAGS]
    rows = []
    for index in order:
        n, predicted, hits = int(found.true[index]), int(found.predicted[index]), int(found.hits[index])
        here = known.truth == index
        recall = hits / n if n else None
        rows.append(
            SpeciesRow(
                id=known.classes[index],
                n=n,
                n_train=None if trained is None else trained.get(known.classes[index], 0),
                precision=hits / predicted if predicted else None,
                recall=recall,
                f1=2 * hits / (n + predicted) if n + predicted else None,
                interval=None if recall is None else wilson_interval(recall, _bursts(names[here])),
                mistaken_for=_mistaken(known, here),
            )
        )
    return tuple(rows)


def _bursts(names: NDArray[np.str_]) -> int:
    return len(np.unique(names[names != ""])) + int((names == "").sum())


def _mistaken(known: Outcomes, here: NDArray[np.bool_]) -> str | None:
    guesses = known.guess[here & ~known.right]
    return known.classes[int(np.bincount(guesses).argmax())] if len(guesses) else None


def _shared(one: str, other: str, taxonomy: Taxonomy) -> str | None:
    if one in FLAGS or other in FLAGS:
        return None
    above = {taxon.id for taxon in taxonomy.lineage(one)}
    return next(t.rank.label for t in reversed(taxonomy.lineage(other)) if t.id in above)
