"""Sets of classes that hold the truth as often as promised, and the lowest taxon that spans a set.

Classes enter in the order of their probability, until those ahead sum to more than a calibrated
threshold: APS (Romano et al., 2020), and RAPS with a penalty on long sets (Angelopoulos et al., 2021).
The papers count a random part of a class's own probability. Here none of it counts: the same photo
always gives the same set, and no set is empty. The promise holds for any such score.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.decision.truth import NO_TAXON
from core.errors import CalibrationError
from core.taxonomy import FLAGS, Taxonomy


@dataclass(frozen=True, slots=True)
class SetRule:
    """Which classes belong to a prediction set.

    Attributes:
        threshold: Largest score of a member.
        error: Accepted share of sets without the truth, in (0, 1).
        n: Number of photos that the threshold rests on.
        penalty: RAPS: added to the score for each class beyond the first `free`; 0 is APS.
    """

    threshold: float
    error: float
    n: int
    penalty: float = 0.0
    free: int = 0


def fit_sets(
    probabilities: NDArray[np.floating],
    targets: NDArray[np.intp],
    *,
    error: float,
    penalty: float = 0.0,
    free: int = 0,
) -> SetRule:
    """Find the threshold on held-out photos (split conformal prediction).

    Args:
        probabilities: Shape `(n, k)`, calibrated.
        targets: Shape `(n,)`, class indices.

    Raises:
        ValueError: `error`, `penalty` or `free` is out of range.
        CalibrationError: There are too few photos for so small an error.
    """
    if not 0 < error < 1:
        raise ValueError(f"error must lie between 0 and 1, not {error}")
    if penalty < 0 or free < 0:
        raise ValueError("penalty and free must not be negative")
    n = len(targets)
    place = math.ceil((n + 1) * (1 - error) - 1e-9)
    if place > n:
        raise CalibrationError(
            f"sets with an error of {error:.3g} cannot be promised with n = {n}; "
            f"it takes at least {math.ceil(1 / error) - 1} held-out photos"
        )
    scores = _scores(probabilities, penalty, free)[np.arange(n), targets]
    return SetRule(float(np.sort(scores)[place - 1]), error, n, penalty, free)


def prediction_sets(probabilities: NDArray[np.floating], rule: SetRule) -> NDArray[np.bool_]:
    """Return the members, shape `(n, k)`; the most probable class always is one."""
    members = _scores(probabilities, rule.penalty, rule.free) <= rule.threshold
    members[np.arange(len(members)), np.asarray(probabilities).argmax(axis=1)] = True
    return members


def common_ancestor(
    members: NDArray[np.bool_], taxonomy: Taxonomy, classes: Sequence[str]
) -> NDArray[np.intp]:
    """Return, shape `(n,)`, the position in `taxonomy.order` of the lowest taxon that spans each set.

    `NO_TAXON` for an empty set and for one that holds a label of `FLAGS`: no taxon spans a photo
    without an animal.
    """
    leaves = members[:, taxonomy.leaf_columns(classes)]
    first = leaves.argmax(axis=1)
    last = leaves.shape[1] - 1 - leaves[:, ::-1].argmax(axis=1)
    flagged = members[:, [index for index, name in enumerate(classes) if name in FLAGS]].any(axis=1)
    start, stop = taxonomy.spans.T
    spans = (start <= first[:, None]) & (stop > last[:, None])
    # Taxa that span both ends form a chain, and the lowest comes last in tree order.
    lowest = len(start) - 1 - np.argmax(spans[:, ::-1], axis=1)
    return np.where(leaves.any(axis=1) & ~flagged, lowest, NO_TAXON).astype(np.intp)


def _scores(probabilities: NDArray[np.floating], penalty: float, free: int) -> NDArray[np.float64]:
    """Return, for each class, the mass of all classes ahead of it, and the penalty."""
    given = np.asarray(probabilities, np.float64)
    order = np.argsort(-given, axis=1, kind="stable")
    ranked = np.take_along_axis(given, order, axis=1)
    mass = np.zeros_like(ranked)
    np.cumsum(ranked[:, :-1], axis=1, out=mass[:, 1:])
    mass += penalty * np.maximum(0, np.arange(1, given.shape[1] + 1) - free)
    scores = np.empty_like(mass)
    np.put_along_axis(scores, order, mass, axis=1)
    return scores
