"""What was actually said: the taxon at which the answer stopped, and whether it was right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.decision import Outcome, expected_calibration_error, information
from core.decision.answer import COARSEST_ANSWER, SCENES
from core.evaluation.hierarchical import HierarchicalScores, animal_scores
from core.evaluation.outcomes import UNKNOWN, Outcomes
from core.evaluation.reliability import ReliabilityBin, reliability
from core.taxonomy import Rank

ORDER = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Statements:
    """What was answered: the share of each outcome, and how right the statements were.

    Attributes:
        outcomes: Share of photos by outcome.
        error: Share of wrong statements among photos that got a name or a scene such as "blank".
        ece: Expected calibration error of the statements' confidence.
        information: Mean information of the answers: 1 for a species or a scene, less the more species a
            group holds, 0 for none (Deng et al., 2012).
        by_rank: Share of photos by the rank of the taxon that was named.
        hierarchical: How far off they are, over photos of animals; an unsure answer says as much as the
            root. `None` without animals.
    """

    outcomes: dict[str, float]
    error: float
    ece: float
    information: float
    by_rank: dict[str, float]
    hierarchical: HierarchicalScores | None


@dataclass(frozen=True, slots=True, eq=False)
class Emitted:
    """Answers, a row per photo.

    Attributes:
        outcome: Positions in `ORDER`.
        rank: Rank of the taxon that was named, -1 for none.
        confidence: Probability of the statement.
        right, worth: Whether the label lies under what was said, and its information; false and 0 for
            an unsure answer.
    """

    outcome: NDArray[np.intp]
    rank: NDArray[np.intp]
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    worth: NDArray[np.float64]

    @property
    def said(self) -> NDArray[np.bool_]:
        """Where something was stated."""
        return np.asarray(self.outcome != ORDER.index(Outcome.UNSURE), bool)


def emit(outcomes: Outcomes, *, target: float, novel_above: float | None = None) -> Emitted:
    """Answer every photo as `core.decision.decide` does, all at once.

    Args:
        novel_above: Novelty from which no species is named; needs `outcomes.novelty`.
    """
    rows = np.arange(len(outcomes))
    novel = outcomes.other > outcomes.animal
    if novel_above is not None and outcomes.novelty is not None:
        novel = novel | (outcomes.novelty >= novel_above)
    allowed = (np.arange(len(Rank)) <= Rank.GENUS) | ~novel[:, None]
    reached = (outcomes.path >= 0) & (outcomes.path_probability >= target) & allowed
    rank = np.where(reached.any(axis=1), len(Rank) - 1 - np.argmax(reached[:, ::-1], axis=1), -1)
    scene = outcomes.scene_probability.argmax(axis=1)
    shown = outcomes.scene_probability[rows, scene]
    is_scene = (shown >= target) & (shown >= outcomes.animal + outcomes.other)
    rank = np.where(is_scene | (rank < COARSEST_ANSWER), -1, rank)
    kinds = np.array([ORDER.index(Outcome(name)) for name in SCENES])
    named = np.where(rank == Rank.SPECIES, ORDER.index(Outcome.IDENTIFIED), ORDER.index(Outcome.ROLLED_UP))
    unsure = ORDER.index(Outcome.UNSURE)
    columns = {name: index for index, name in enumerate(outcomes.classes)}
    labels = np.array([columns.get(name, -2) for name in SCENES])  # -2 is no label at all
    worth = information(outcomes.taxonomy)[outcomes.path[rows, rank]]
    return Emitted(
        outcome=np.where(is_scene, kinds[scene], np.where(rank >= 0, named, unsure)),
        rank=rank,
        confidence=np.minimum(1.0, np.where(is_scene, shown, outcomes.path_probability[rows, rank])),
        right=np.where(
            is_scene, labels[scene] == outcomes.truth, (rank >= 0) & outcomes.path_right[rows, rank]
        ),
        worth=np.where(is_scene, 1.0, np.where(rank >= 0, worth, 0.0)),
    )


def score_statements(
    outcomes: Outcomes, *, target: float, novel_above: float | None = None
) -> tuple[Statements, tuple[ReliabilityBin, ...]]:
    """Score the answers to photos labelled as finely as the species, and bin them by confidence."""
    known = outcomes.take(outcomes.truth != UNKNOWN)
    found = emit(known, target=target, novel_above=novel_above)
    n, said = max(1, len(found.outcome)), found.said
    right, confidence = found.right[said], found.confidence[said]
    tree = known.taxonomy
    named = np.where(found.rank >= 0, known.path[np.arange(len(found.rank)), found.rank], 0)  # 0 is the root
    statements = Statements(
        outcomes={
            kind.value: share
            for number, kind in enumerate(ORDER)
            if (share := float((found.outcome == number).sum() / n))
        },
        error=1 - float(right.mean()) if len(right) else 0.0,
        ece=expected_calibration_error(confidence, right),
        information=float(found.worth.sum() / n),
        by_rank={rank.label: share for rank in Rank if (share := float((found.rank == rank).sum() / n))},
        hierarchical=animal_scores(
            y_true=[known.classes[row] for row in known.truth],
            y_pred=[tree.order[taxon].id for taxon in named],
            taxonomy=tree,
        ),
    )
    return statements, reliability(confidence=confidence, correct=right)
