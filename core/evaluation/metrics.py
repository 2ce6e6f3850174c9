"""Figures that judge a model, from calibrated probabilities."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, recall_score

from core.decision import Distribution, Outcome, decide, expected_calibration_error, information
from core.evaluation.bootstrap import cluster_interval
from core.evaluation.hierarchical import HierarchicalScores, hierarchical_scores
from core.evaluation.selective import risk_coverage
from core.taxonomy import BLANK, Rank, Taxonomy

BINS = 15  # of the reliability diagram
JUDGED_AT = 5  # photos; with fewer, a species' recall says little


@dataclass(frozen=True, slots=True)
class RankScore:
    """Accuracy of the most probable taxon at a rank; blanks count as their own taxon.

    Attributes:
        balanced_accuracy: Mean recall over the taxa that were shown.
    """

    rank: str
    top_1: float
    top_3: float
    top_5: float
    macro_f1: float
    balanced_accuracy: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Photos of about the same confidence, and how many of them are right."""

    confidence: float
    accuracy: float
    n: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a model did on `n` photos.

    Attributes:
        macro_f1: Mean F1 over species with at least `JUDGED_AT` photos here, `None` if
            there is no such species.
        species_judged: How many species that is.
        macro_f1_all: Mean F1 over all classes with at least one photo, blanks included.
        blanks, blank_recall: Frames without an animal, and the share recognised as such.
        ece: Expected calibration error of the most probable class.
        answered: Share of photos by outcome.
        answer_error: Share of wrong statements among photos that got a name or "blank".
        answer_ece: Expected calibration error of those statements.
        hierarchical: How far off the best species is, over photos of animals; `None` without any.
        area_under_risk: AURC of the best class, see `core.evaluation.selective`.
        reliability: Bins of equal numbers of photos, by confidence in the best class.
        by_frequency: Accuracy over photos of species with many, some and few training photos (terciles of
            the species); empty if their numbers are not known.
        intervals: 95 % intervals of accuracy, macro accuracy and macro-F1 over all classes, by drawing
            whole bursts; empty if not asked for.
        information: Mean information of the answers: 1 for a species, less the more species a
            group holds, 0 for none (Deng et al., 2012).
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


def evaluate(
    probabilities: NDArray[np.floating],
    targets: NDArray[np.intp],
    classes: Sequence[str],
    taxonomy: Taxonomy,
    *,
    target: float,
    trained: Mapping[str, int] | None = None,
    clusters: Sequence[str] | None = None,
) -> Evaluation:
    """Score calibrated probabilities `(n, k)` against class indices `(n,)`.

    Args:
        target: Probability that an answer must reach.
        trained: Number of training photos by class.
        clusters: The burst or site of each photo; asks for intervals.
    """
    guesses = probabilities.argmax(axis=1)
    counts = Counter(targets.tolist())
    f1 = {
        index: float(score)
        for index, score in zip(
            sorted(counts),
            f1_score(targets, guesses, labels=sorted(counts), average=None, zero_division=0),
            strict=True,
        )
    }
    judged = [i for i, count in counts.items() if count >= JUDGED_AT and classes[i] != BLANK]
    right = guesses == targets
    is_blank = targets == (classes.index(BLANK) if BLANK in classes else -1)
    said = judge_statements(probabilities, targets, classes, taxonomy, target=target)
    return Evaluation(
        n=len(targets),
        macro_f1=float(np.mean([f1[index] for index in judged])) if judged else None,
        species_judged=len(judged),
        macro_f1_all=float(np.mean(list(f1.values()))),
        blanks=int(is_blank.sum()),
        blank_recall=float(right[is_blank].mean()) if is_blank.any() else None,
        macro_accuracy=float(np.mean([right[targets == index].mean() for index in counts])),
        accuracy=float(right.mean()),
        ece=expected_calibration_error(probabilities.max(axis=1), right),
        nll=float(-np.log(np.maximum(probabilities[np.arange(len(targets)), targets], 1e-12)).mean()),
        ranks=tuple(_rank_score(rank, probabilities, targets, classes, taxonomy) for rank in Rank),
        answered=said.outcomes,
        answer_error=said.error,
        answer_ece=said.ece,
        information=said.information,
        hierarchical=_hierarchical(guesses, targets, classes, taxonomy),
        area_under_risk=risk_coverage(confidence=probabilities.max(axis=1), correct=right).area,
        reliability=_reliability(probabilities.max(axis=1), right),
        by_frequency=_by_frequency(right, targets, classes, trained or {}),
        intervals=_intervals(guesses, targets, clusters) if clusters is not None else {},
    )


def _hierarchical(
    guesses: NDArray[np.intp], targets: NDArray[np.intp], classes: Sequence[str], taxonomy: Taxonomy
) -> HierarchicalScores | None:
    pairs = [
        (classes[t], classes[g])
        for t, g in zip(targets, guesses, strict=True)
        if classes[t] in taxonomy and classes[g] in taxonomy
    ]
    if not pairs:
        return None
    return hierarchical_scores(y_true=[t for t, _ in pairs], y_pred=[g for _, g in pairs], taxonomy=taxonomy)


def _reliability(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> tuple[ReliabilityBin, ...]:
    order = np.argsort(confidence, kind="stable")
    return tuple(
        ReliabilityBin(float(confidence[part].mean()), float(right[part].mean()), len(part))
        for part in np.array_split(order, BINS)
        if len(part)
    )


def _by_frequency(
    right: NDArray[np.bool_], targets: NDArray[np.intp], classes: Sequence[str], trained: Mapping[str, int]
) -> dict[str, float]:
    """Split the classes shown into terciles by training photos; classes of a tie stay together."""
    shown = np.array([trained.get(classes[target], 0) for target in targets])
    if not trained or not len(shown):
        return {}
    low, high = np.quantile([trained.get(classes[i], 0) for i in np.unique(targets)], [1 / 3, 2 / 3])
    parts = {"few": shown <= low, "medium": (shown > low) & (shown <= high), "many": shown > high}
    return {name: float(right[rows].mean()) for name, rows in parts.items() if rows.any()}


def _intervals(
    guesses: NDArray[np.intp], targets: NDArray[np.intp], clusters: Sequence[str]
) -> dict[str, tuple[float, float]]:
    def macro_accuracy(rows: NDArray[np.intp]) -> float:
        return float(
            recall_score(targets[rows], guesses[rows], labels=np.unique(targets[rows]), average="macro")
        )

    def macro_f1(rows: NDArray[np.intp]) -> float:
        shown = np.unique(targets[rows])
        return float(f1_score(targets[rows], guesses[rows], labels=shown, average="macro", zero_division=0))

    figures: dict[str, Callable[[NDArray[np.intp]], float]] = {
        "accuracy": lambda rows: float((guesses[rows] == targets[rows]).mean()),
        "macro_accuracy": macro_accuracy,
        "macro_f1_all": macro_f1,
    }
    return {name: cluster_interval(figure, clusters, draws=200) for name, figure in figures.items()}


@dataclass(frozen=True, slots=True)
class Statements:
    """What was answered: the share of each outcome, and how right the statements were."""

    outcomes: dict[str, float]
    error: float
    ece: float
    information: float


def judge_statements(
    probabilities: NDArray[np.floating],
    targets: NDArray[np.intp],
    classes: Sequence[str],
    taxonomy: Taxonomy,
    *,
    target: float,
) -> Statements:
    """Answer every photo as the app would, without a novelty score, and compare with the labels."""
    seen: Counter[Outcome] = Counter()
    kept, right, confidence = 0.0, [], []
    worth = information(taxonomy)
    for distribution, truth in zip(Distribution.many(taxonomy, classes, probabilities), targets, strict=True):
        answer = decide(distribution, target=target, top_k=1)
        seen[answer.outcome] += 1
        if answer.outcome is Outcome.UNSURE:
            continue
        label = classes[truth]
        if answer.taxon is None:
            right.append(answer.outcome.value == label)
            kept += 1
        else:
            right.append(label in taxonomy and answer.taxon in taxonomy.lineage(label))
            kept += float(worth[taxonomy.index(answer.taxon.id)])
        confidence.append(answer.confidence)
    return Statements(
        outcomes={
            outcome.value: seen[outcome] / max(1, len(targets)) for outcome in Outcome if seen[outcome]
        },
        error=1 - float(np.mean(right)) if right else 0.0,
        ece=expected_calibration_error(np.array(confidence), np.array(right, bool)),
        information=kept / max(1, len(targets)),
    )


def _rank_score(
    rank: Rank,
    probabilities: NDArray[np.floating],
    targets: NDArray[np.intp],
    classes: Sequence[str],
    taxonomy: Taxonomy,
) -> RankScore:
    names = [_at_rank(name, rank, taxonomy) for name in classes]
    groups = sorted(set(names))
    column = np.array([groups.index(name) for name in names])
    summed = np.zeros((len(probabilities), len(groups)))
    np.add.at(summed.T, column, probabilities.T)
    truth = column[targets]
    order = np.argsort(-summed, axis=1)
    return RankScore(
        rank=rank.label,
        top_1=float((order[:, 0] == truth).mean()),
        top_3=float((order[:, :3] == truth[:, None]).any(axis=1).mean()),
        top_5=float((order[:, :5] == truth[:, None]).any(axis=1).mean()),
        macro_f1=float(f1_score(truth, order[:, 0], average="macro", zero_division=0)),
        balanced_accuracy=float(
            recall_score(truth, order[:, 0], labels=np.unique(truth), average="macro", zero_division=0)
        ),
    )


def _at_rank(name: str, rank: Rank, taxonomy: Taxonomy) -> str:
    ancestor = None if name == BLANK else taxonomy.ancestor(name, rank)
    return ancestor.id if ancestor else name
