"""Telling strangers: photos of unlisted species against those of listed ones."""

import numpy as np
from numpy.typing import NDArray

from core.evaluation.report import NoveltyScores
from core.evaluation.selective import auroc, false_alarms


def score_novelty(
    *,
    known: NDArray[np.floating],
    strange: NDArray[np.floating],
    known_confidence: NDArray[np.floating],
    strange_confidence: NDArray[np.floating],
    threshold: float,
) -> NoveltyScores | None:
    """Compare the novelty of animals of listed and of unlisted species; `None` without either.

    Args:
        known, strange: The model's novelty of each photo, in [0, 1].
        known_confidence, strange_confidence: The largest class probability of each, to compare with
            (maximum softmax probability: Hendrycks and Gimpel, 2017).
        threshold: Novelty from which no species is named.
    """
    if not len(known) or not len(strange):
        return None
    return NoveltyScores(
        known=len(known),
        strange=len(strange),
        auroc=auroc(known=known, strange=strange),
        fpr95=false_alarms(known=known, strange=strange),
        softmax_auroc=auroc(known=1 - known_confidence, strange=1 - strange_confidence),
        threshold=threshold,
        accepted=float((known < threshold).mean()),
        found=float((strange >= threshold).mean()),
    )
