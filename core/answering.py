"""From what a network says to an answer: the one way, for single photos and for whole batches."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.decision import Answer, Distribution, decide, sharpen, softmax, target_for, withhold
from core.media import MediaNote
from core.model import Bundle, Classifier, Prediction

NOTHING_TO_SEE = frozenset({"uniform", "dark", "tiny"})  # remarks under which no name is given


def distribute(
    log_likelihoods: NDArray[np.floating], bundle: Bundle, log_prior: NDArray[np.floating] | None = None
) -> list[Distribution]:
    """Return a calibrated distribution for each row of `(n, k)`.

    Args:
        log_prior: Shape `(k,)`: how common the classes are where the photos were taken; all alike by
            default.
    """
    scores = log_likelihoods if log_prior is None else log_likelihoods + log_prior
    probabilities = sharpen(
        softmax(scores), bundle.taxonomy, bundle.classes, bundle.calibration.rank_temperatures
    )
    return Distribution.many(bundle.taxonomy, bundle.classes, probabilities)


def novelty_of(prediction: Prediction, classifier: Classifier) -> list[float | None]:
    """Return, for each photo, the chance that its animal is none of the listed species."""
    model = classifier.novelty
    if model is None or not len(prediction.logits):
        return [None] * len(prediction.logits)
    first = prediction.logits if prediction.experts is None else prediction.experts[:, 0]
    return [float(value) for value in model.score(prediction.embeddings, first)]


def target_of(bundle: Bundle, *, target: float | None, error: float | None) -> float:
    """Return the probability that an answer must reach: as given, for an accepted error, or the model's.

    Raises:
        CalibrationError: The model cannot promise the error that is asked for.
    """
    if target is None and error is not None:
        return target_for(bundle.calibration, error)
    return target or bundle.calibration.target


def answer_for(
    distribution: Distribution,
    classifier: Classifier,
    notes: Sequence[MediaNote],
    target: float,
    top_k: int,
    novelty: float | None,
) -> Answer:
    """Return the answer, without a name where nothing can be seen."""
    novel_above = classifier.novelty.threshold if classifier.novelty else None
    answer = decide(distribution, target=target, top_k=top_k, novelty=novelty, novel_above=novel_above)
    return withhold(answer) if any(note.code in NOTHING_TO_SEE for note in notes) else answer
