"""What is fitted on held-out photos once the weights are final."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.decision import (
    Calibration,
    fit_rank_temperatures,
    guarantees,
    log_likelihoods,
    sharpen,
    softmax,
    target_for,
)
from core.decision.calibration import fit_prior_slope, fit_temperature
from core.decision.risk import breaking_points
from core.errors import CalibrationError
from core.taxonomy import Taxonomy

DEFAULT_ERROR = 0.05
JUDGED_AT = 5  # photos of a class; fewer say little about it
LEAST_TARGET = (
    0.75  # near where iNaturalist stops too (0.78): what people bring is harder than held-out photos
)


def class_weights(labels: Sequence[str]) -> NDArray[np.float64]:
    """Return `(n,)` weights under which every label counts alike, with mean 1."""
    counts = Counter(labels)
    weights = np.array([1 / counts[label] for label in labels])
    return np.asarray(weights / weights.mean(), np.float64)


def _judged(labels: Sequence[str], classes: Sequence[str]) -> list[int]:
    """Return the classes with enough photos to say something about them, or all if there are none."""
    counts = Counter(labels)
    judged = [index for index, name in enumerate(classes) if counts[name] >= JUDGED_AT]
    return judged if len(judged) > 1 else list(range(len(classes)))


def _fit_slope(
    logits: NDArray[np.floating],
    labels: Sequence[str],
    prior: NDArray[np.floating],
    classes: Sequence[str],
    judged: Sequence[int],
) -> tuple[float, float]:
    """Fit among the classes that can be judged, else the slope would push down whatever is not there."""
    position = {classes[column]: index for index, column in enumerate(judged)}
    rows = [row for row, label in enumerate(labels) if label in position]
    kept = [labels[row] for row in rows]
    targets = np.array([position[label] for label in kept])
    return fit_prior_slope(logits[rows][:, judged], targets, prior[judged], class_weights(kept))


def fit_likelihoods(
    logits: NDArray[np.floating],
    labels: Sequence[str],
    prior: NDArray[np.floating],
    classes: Sequence[str],
) -> Calibration:
    """Fit temperature and slope only: what turns logits into likelihoods."""
    judged = _judged(labels, classes)
    temperature, slope = _fit_slope(np.asarray(logits), labels, np.asarray(prior), classes, judged)
    return Calibration(
        temperature, LEAST_TARGET, len(labels), 0.0, slope, tuple(map(float, prior)),
        slope_floor=float(np.asarray(prior)[judged].min()),
    )  # fmt: skip


def carry_likelihoods(
    old: Calibration,
    logits: NDArray[np.floating],
    labels: Sequence[str],
    prior: NDArray[np.floating],
    classes: Sequence[str],
) -> Calibration:
    """Fit one temperature to a network that has learnt a little more; the balance between its classes stays.

    Fitted anew on fewer photos, the slope alone would change answers that nobody asked to change.

    Args:
        old: Of the network before; `prior` and `classes` may hold more classes.
    """
    kept = replace(old, prior=tuple(map(float, prior)) if old.prior else ())
    column = {name: index for index, name in enumerate(classes)}
    heat = fit_temperature(
        log_likelihoods(logits, kept), np.array([column[label] for label in labels], np.intp)
    )
    return replace(kept, temperature=old.temperature * heat, slope=old.slope / heat, n=len(labels))


def calibrate(
    logits: NDArray[np.floating],
    labels: Sequence[str],
    prior: NDArray[np.floating],
    classes: Sequence[str],
    taxonomy: Taxonomy,
    *,
    fitted: Calibration | None = None,
) -> Calibration:
    """Fit everything that turns logits into statements with a known error.

    Temperature and slope are fitted with all classes weighted alike, so that they depend as little as
    possible on how common the species were among the photos; temperatures of ranks and the targets
    are fitted on the photos as they are.

    Args:
        logits: Shape `(n, k)`, of photos that the network was not trained on.
        labels: A class of each photo.
        prior: Shape `(k,)`: share of each class among the training photos.
        fitted: Temperature and slope, where they are known already.
    """
    fitted = fitted or fit_likelihoods(logits, labels, prior, classes)
    probabilities = softmax(log_likelihoods(logits, fitted))
    heat = fit_rank_temperatures(probabilities, labels, taxonomy, classes)
    probabilities = sharpen(probabilities, taxonomy, classes, heat)
    promised = guarantees(probabilities, labels, taxonomy, classes)
    complete = replace(fitted, rank_temperatures=heat, guarantees=promised)
    try:
        target = max(LEAST_TARGET, target_for(complete, DEFAULT_ERROR))
    except CalibrationError:  # too few photos to promise anything
        target = LEAST_TARGET
    wrong = float((breaking_points(probabilities, labels, taxonomy, classes) >= target).mean())
    return replace(complete, target=target, target_error=wrong)
