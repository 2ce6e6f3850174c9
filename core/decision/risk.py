"""Which target keeps wrong answers to the share that a user accepts (conformal risk control).

The answers to one photo at all targets lie on one path, so a higher target can only turn a wrong answer
into a right or an unsure one. Angelopoulos et al. (2022) turn that into a promise: with the least target
at which n/(n+1) R(target) + 1/(n+1) <= error on n held-out photos, a new photo of the same kind gets a
wrong answer with a probability of at most `error`. The promise is about all photos together, not about
each species or site, and holds for photos like those.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.decision.answer import COARSEST_ANSWER, SCENES
from core.decision.calibration import Calibration, Guarantee
from core.decision.stopping import paths
from core.decision.truth import NO_TAXON, covers, label_positions
from core.errors import CalibrationError
from core.taxonomy import OTHER, Rank, Taxonomy

ERRORS = (0.01, 0.02, 0.05, 0.1, 0.2)
LEAST_TARGET = 0.5  # what is less likely than not is no answer, even if the promise would bear it


def breaking_points(
    probabilities: NDArray[np.floating], labels: Sequence[str], taxonomy: Taxonomy, classes: Sequence[str]
) -> NDArray[np.float64]:
    """Return, shape `(n,)`, the highest target at which the answer to each photo is wrong.

    0 means that it never is. The answers are those of `decide` without a novelty score, which can only
    make them more careful.

    Args:
        probabilities: Shape `(n, len(classes))`, calibrated.
        labels: Taxon ids of any rank, and labels of `FLAGS`. What is finer than the label counts as
            wrong, and every name of an animal does where the label is `OTHER`.
    """
    nodes = taxonomy.sum_up(probabilities[:, taxonomy.leaf_columns(classes)])
    truth = label_positions(labels, taxonomy)
    path = paths(nodes, taxonomy)
    column = {name: index for index, name in enumerate(classes)}
    other = probabilities[:, column[OTHER]] if OTHER in column else np.zeros(len(nodes))
    path[other > nodes[:, 0], Rank.SPECIES] = NO_TAXON
    worst = np.zeros(len(nodes))
    for rank in range(COARSEST_ANSWER, len(Rank)):
        named = path[:, rank]
        wrong = (named >= 0) & ~covers(taxonomy, named, truth)
        worst = np.where(wrong, np.maximum(worst, nodes[np.arange(len(nodes)), named]), worst)
    scenes = [name for name in SCENES if name in column]
    if scenes:
        scores = probabilities[:, [column[name] for name in scenes]]
        best, top = scores.argmax(axis=1), scores.max(axis=1)
        is_scene = top >= nodes[:, 0] + other
        right = np.array([scenes[b] == label for b, label in zip(best, labels, strict=True)], dtype=bool)
        worst = np.where(is_scene, np.where(right, 0.0, top), worst)
    return np.asarray(worst, np.float64)


def least_target(
    points: NDArray[np.floating],
    error: float,
    *,
    weights: NDArray[np.floating] | None = None,
    floor: float = LEAST_TARGET,
) -> float:
    """Return the least target that promises an error (conformal risk control: Angelopoulos et al., 2022).

    Args:
        points: `breaking_points` of `n` held-out photos.
        error: Accepted share of wrong answers, in (0, 1).
        weights: Shape `(n,)`: how much more common each photo's class is where the promise shall hold
            than among these photos (Tibshirani et al., 2019). A new photo may have the largest weight.
        floor: The target is at least this.

    Raises:
        ValueError: `error` is out of range.
        CalibrationError: The photos are too few or too often wrong to promise it.
    """
    if not 0 < error < 1:
        raise ValueError(f"error must lie between 0 and 1, not {error}")
    n = len(points)
    weight = np.ones(n) if weights is None else np.asarray(weights, np.float64)
    total = float(weight.sum() + weight.max(initial=0.0))
    allowed = error * total - float(weight.max(initial=0.0))
    if not n or allowed < -1e-12 * total:
        needed = math.ceil(1 / error) - 1
        raise CalibrationError(
            f"an error of {error:.3g} cannot be promised with n = {n} held-out photos; "
            f"it takes at least {needed}, more where some species weigh more"
        )
    order = np.argsort(-points, kind="stable")
    # A photo is wrong up to its own point: the target goes just above the first that may not be wrong.
    excess = np.cumsum(weight[order]) > allowed + 1e-12 * total
    first = points[order[np.argmax(excess)]] if excess.any() else 0.0
    target = max(floor, float(np.nextafter(first, 2.0)))
    if target > 1:
        raise CalibrationError(
            f"an error of {error:.3g} cannot be promised with n = {n}: too many of the held-out photos get a "
            "wrong answer of which the model is certain"
        )
    return target


def guarantee(
    probabilities: NDArray[np.floating],
    labels: Sequence[str],
    taxonomy: Taxonomy,
    classes: Sequence[str],
    error: float,
    weights: NDArray[np.floating] | None = None,
) -> Guarantee:
    """Return the target for one accepted error; see `breaking_points` and `least_target`.

    Raises:
        CalibrationError: The photos cannot carry the promise.
    """
    points = breaking_points(probabilities, labels, taxonomy, classes)
    return Guarantee(error, least_target(points, error, weights=weights))


def guarantees(
    probabilities: NDArray[np.floating],
    labels: Sequence[str],
    taxonomy: Taxonomy,
    classes: Sequence[str],
    errors: Sequence[float] = ERRORS,
    weights: NDArray[np.floating] | None = None,
) -> tuple[Guarantee, ...]:
    """Return the guarantees that the photos can carry, least error first; others are left out."""
    points = breaking_points(probabilities, labels, taxonomy, classes)
    found = []
    for error in sorted(errors):
        try:
            found.append(Guarantee(error, least_target(points, error, weights=weights)))
        except CalibrationError:
            continue
    return tuple(found)


def target_for(calibration: Calibration, error: float) -> float:
    """Return the target that promises at most `error`: that of the largest promised error up to it.

    Raises:
        CalibrationError: The model promises nothing as small.
    """
    promised = [one for one in calibration.guarantees if one.error <= error]
    if promised:
        return max(promised, key=lambda one: one.error).target
    if not calibration.guarantees:
        raise CalibrationError(
            "this model was never calibrated to promise an error rate; give a target probability instead, "
            "or evaluate and calibrate the model on held-out photos"
        )
    offers = ", ".join(f"{one.error:g}" for one in calibration.guarantees)
    raise CalibrationError(
        f"this model cannot promise an error of {error:g} (calibrated on n = {calibration.n} photos); "
        f"it promises {offers}"
    )
