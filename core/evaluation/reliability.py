"""Whether a stated probability is the share that is right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Photos of about the same confidence, and how many of them are right."""

    confidence: float
    accuracy: float
    n: int


def reliability(
    *, confidence: NDArray[np.floating], correct: NDArray[np.bool_], bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Return bins of equal numbers of photos by confidence (Nixon et al., 2019); none without photos.

    Their mean gap, weighted by `n`, is the expected calibration error.
    """
    order = np.argsort(confidence, kind="stable")
    return tuple(
        ReliabilityBin(float(confidence[part].mean()), float(correct[part].mean()), len(part))
        for part in np.array_split(order, bins)
        if len(part)
    )
