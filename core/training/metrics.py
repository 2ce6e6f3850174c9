"""Figures that judge a model, from calibrated probabilities."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from core.decision import Distribution, Outcome, decide, expected_calibration_error, information
from core.taxonomy import BLANK, Rank, Taxonomy

JUDGED_AT = 5  # photos; with fewer, a species' recall says little


@dataclass(frozen=True, slots=True)
class RankScore:
    """Accuracy of the most probable taxon at a rank; blanks count as their own taxon."""

    rank: str
    top_1: float
    top_5: float
    macro_f1: float


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


def evaluate(
    probabilities: NDArray[np.floating],
    targets: NDArray[np.intp],
    classes: Sequence[str],
    taxonomy: Taxonomy,
    *,
    target: float,
) -> Evaluation:
    """Score calibrated probabilities `(n, k)` against class indices `(n,)`."""
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
    )


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
        top_5=float((order[:, :5] == truth[:, None]).any(axis=1).mean()),
        macro_f1=float(f1_score(truth, order[:, 0], average="macro", zero_division=0)),
    )


def _at_rank(name: str, rank: Rank, taxonomy: Taxonomy) -> str:
    ancestor = None if name == BLANK else taxonomy.ancestor(name, rank)
    return ancestor.id if ancestor else name
