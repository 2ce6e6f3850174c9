"""Figures that judge a model, from calibrated probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.decision import expected_calibration_error, information
from core.evaluation.bootstrap import cluster_intervals
from core.evaluation.hierarchical import HierarchicalScores, animal_scores
from core.evaluation.outcomes import LEAST, UNKNOWN, Outcomes, compare
from core.evaluation.ranks import RankScore, counts, exact_path, score_rank
from core.evaluation.reliability import ReliabilityBin, reliability
from core.evaluation.selective import TreeCurve, risk_coverage, tree_curve
from core.evaluation.statements import Statements, emit, score_statements
from core.taxonomy import BLANK, FLAGS, Taxonomy

JUDGED_AT = 5  # photos; with fewer, a species' recall says little
DRAWS = 200


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a model did on `n` photos.

    Attributes:
        n: Photos with a label as fine as the species, or a flag; all figures but those of coarser ranks
            are over them.
        macro_f1: Mean F1 over species with at least `JUDGED_AT` photos here, `None` if
            there is no such species.
        species_judged: How many species that is.
        macro_f1_all: Mean F1 over all classes with at least one photo, blanks included.
        blanks, blank_recall: Frames without an animal, and the share recognised as such.
        macro_accuracy: Mean recall over all classes with at least one photo, blanks included.
        ece: Expected calibration error of the most probable class.
        nll: Mean negative log-likelihood of the true class.
        answered: Share of photos by outcome.
        answer_error: Share of wrong statements among photos that got a name or "blank".
        answer_ece: Expected calibration error of those statements.
        information: Mean information of the answers: 1 for a species, less the more species a
            group holds, 0 for none (Deng et al., 2012).
        hierarchical: How far off the best species is, over photos of animals; `None` without any.
        area_under_risk: AURC of the best class, see `core.evaluation.selective`.
        reliability: Bins of equal numbers of photos, by confidence in the best class.
        by_frequency: Accuracy over photos of species with many, some and few training photos (terciles of
            the species); empty if their numbers are not known.
        intervals: 95 % intervals of the figures that stand for the whole, by drawing whole bursts; empty if not
            asked for.
        coarse: Further photos, with a label above the species, that count at the ranks they name.
        balanced_accuracy: Mean recall over all species with at least one photo, `None` without any.
        brier: Mean squared distance from the probabilities to the truth, 0 to 2 (Brier, 1950).
        exact_path: Share of photos for which the best taxon of every rank is right at once.
        area_under_tree_risk: hAURC, `None` without animals; see `core.evaluation.selective.TreeCurve`.
        answered_at: Share of photos by the rank of the taxon that was named.
        answer_hierarchical: Like `hierarchical`, of the statements; an unsure answer says as much as the root.
        answer_reliability: Like `reliability`, of the statements.
        served: The statements with the novelty score of the app; `None` for models without one.
    """

    n: int
    macro_f1: float | None
    species_judged: int
    macro_f1_all: float
    blanks: int
    blank_recall: float | None
    macro_accuracy: float
    accuracy: float
    ece: float
    nll: float
    ranks: tuple[RankScore, ...]
    answered: dict[str, float]
    answer_error: float
    answer_ece: float
    information: float
    hierarchical: HierarchicalScores | None
    area_under_risk: float
    reliability: tuple[ReliabilityBin, ...]
    by_frequency: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    coarse: int
    balanced_accuracy: float | None
    brier: float
    exact_path: float | None
    area_under_tree_risk: float | None
    answered_at: dict[str, float]
    answer_hierarchical: HierarchicalScores | None
    answer_reliability: tuple[ReliabilityBin, ...]
    served: Statements | None


def evaluate(
    *,
    y_true: Sequence[str],
    y_prob: NDArray[np.floating],
    classes: Sequence[str],
    taxonomy: Taxonomy,
    target: float,
    trained: Mapping[str, int] | None = None,
    clusters: Sequence[str] | None = None,
) -> Evaluation:
    """Score calibrated probabilities `(n, k)`; see `core.evaluation.outcomes.compare` and `score`."""
    found = compare(y_true=y_true, y_prob=y_prob, classes=classes, taxonomy=taxonomy)
    return score(found, target=target, trained=trained, clusters=clusters)


def score(
    outcomes: Outcomes,
    *,
    target: float,
    novel_above: float | None = None,
    trained: Mapping[str, int] | None = None,
    clusters: Sequence[str] | None = None,
) -> Evaluation:
    """Score photos.

    Args:
        target: Probability that an answer must reach.
        novel_above: Novelty from which the app names no species.
        trained: Number of training photos by class.
        clusters: The burst or site of each photo; asks for intervals.

    Raises:
        ValueError: No label is as fine as a species or is a flag.
    """
    exact = outcomes.truth != UNKNOWN
    if not exact.any():
        raise ValueError("no photo has a label that is one of the classes")
    known = outcomes.take(exact)
    flags = np.array([name in FLAGS for name in known.classes])
    found = counts(y_true=known.truth, y_pred=known.guess, size=len(known.classes))
    shown = found.true > 0
    judged = (found.true >= JUDGED_AT) & ~flags
    blank = known.truth == (known.classes.index(BLANK) if BLANK in known.classes else UNKNOWN)
    said, said_bins = score_statements(known, target=target)
    curve = curve_of(known)
    served = novel_above is not None and known.novelty is not None
    return Evaluation(
        n=len(known),
        macro_f1=float(found.f1[judged].mean()) if judged.any() else None,
        species_judged=int(judged.sum()),
        macro_f1_all=float(found.f1[shown].mean()),
        blanks=int(blank.sum()),
        blank_recall=float(known.right[blank].mean()) if blank.any() else None,
        macro_accuracy=float(found.recall[shown].mean()),
        accuracy=float(known.right.mean()),
        ece=expected_calibration_error(known.confidence, known.right),
        nll=float(-np.log(np.maximum(known.truth_probability, LEAST)).mean()),
        ranks=tuple(score_rank(rank) for rank in outcomes.ranks),
        answered=said.outcomes,
        answer_error=said.error,
        answer_ece=said.ece,
        information=said.information,
        hierarchical=animal_scores(
            y_true=[known.classes[row] for row in known.truth],
            y_pred=[known.classes[row] for row in known.guess],
            taxonomy=known.taxonomy,
        ),
        area_under_risk=risk_coverage(confidence=known.confidence, correct=known.right).area,
        reliability=reliability(confidence=known.confidence, correct=known.right),
        by_frequency=_by_frequency(known, trained or {}),
        intervals={}
        if clusters is None
        else _intervals(known, np.asarray(clusters)[exact], judged, flags, target),
        coarse=int((~exact).sum()),
        balanced_accuracy=float(found.recall[shown & ~flags].mean()) if (shown & ~flags).any() else None,
        brier=float(known.squared_error.mean()),
        exact_path=exact_path(known),
        area_under_tree_risk=curve.area if curve else None,
        answered_at=said.by_rank,
        answer_hierarchical=said.hierarchical,
        answer_reliability=said_bins,
        served=score_statements(known, target=target, novel_above=novel_above)[0] if served else None,
    )


def curve_of(outcomes: Outcomes) -> TreeCurve | None:
    """Return risk against information over photos of listed species, `None` without any."""
    flags = np.array([name in FLAGS for name in outcomes.classes])
    animals = (outcomes.truth != UNKNOWN) & ~flags[outcomes.truth]
    if not animals.any():
        return None
    path = outcomes.path[animals]
    worth = np.where(path >= 0, information(outcomes.taxonomy)[path], 0.0)
    return tree_curve(
        probability=outcomes.path_probability[animals], right=outcomes.path_right[animals], worth=worth
    )


def _by_frequency(known: Outcomes, trained: Mapping[str, int]) -> dict[str, float]:
    """Split the classes shown into terciles by training photos; classes of a tie stay together."""
    if not trained:
        return {}
    photos = np.array([trained.get(name, 0) for name in known.classes])
    shown = photos[known.truth]
    low, high = np.quantile(photos[np.unique(known.truth)], [1 / 3, 2 / 3])
    parts = {"few": shown <= low, "medium": (shown > low) & (shown <= high), "many": shown > high}
    return {name: float(known.right[rows].mean()) for name, rows in parts.items() if rows.any()}


def _intervals(
    known: Outcomes,
    clusters: NDArray[np.str_],
    judged: NDArray[np.bool_],
    flags: NDArray[np.bool_],
    target: float,
) -> dict[str, tuple[float, float]]:
    emitted = emit(known, target=target)
    wrong, said = ~emitted.right, emitted.said

    def figures(rows: NDArray[np.intp]) -> dict[str, float]:
        found = counts(y_true=known.truth[rows], y_pred=known.guess[rows], size=len(known.classes))
        shown = found.true > 0
        species = shown & ~flags
        stated = rows[said[rows]]
        return {
            "accuracy": float(known.right[rows].mean()),
            "macro_accuracy": float(found.recall[shown].mean()),
            "macro_f1": float(found.f1[shown & judged].mean()) if (shown & judged).any() else np.nan,
            "macro_f1_all": float(found.f1[shown].mean()),
            "balanced_accuracy": float(found.recall[species].mean()) if species.any() else np.nan,
            "answer_error": float(wrong[stated].mean()) if len(stated) else np.nan,
            "information": float(emitted.worth[rows].mean()),
        }

    found = cluster_intervals(figures, list(clusters), draws=DRAWS)
    return {name: ends for name, ends in found.items() if np.isfinite(ends).all()}
