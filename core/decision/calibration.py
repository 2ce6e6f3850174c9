"""Make a probability of 0.8 mean "right four times out of five"."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Return probabilities along the last axis of `logits / temperature`; they sum to 1."""
    return np.exp(log_softmax(np.asarray(logits, np.float64) / temperature, axis=-1))


def fit_temperature(logits: NDArray[np.floating], targets: NDArray[np.intp]) -> float:
    """Return the temperature that minimises the negative log-likelihood (Guo et al., 2017).

    Args:
        logits: Shape `(n, k)`, of photos that the network was not trained on.
        targets: Shape `(n,)`, class indices.

    Returns:
        A value in [0.05, 20]; above 1 the network was too sure of itself.
    """
    rows = np.arange(len(targets))

    def loss(log_temperature: float) -> float:
        scaled = np.asarray(logits, np.float64) / np.exp(log_temperature)
        return float(-log_softmax(scaled, axis=1)[rows, targets].mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def expected_calibration_error(
    confidence: NDArray[np.floating], correct: NDArray[np.bool_], bins: int = 15
) -> float:
    """Return the mean gap between confidence and accuracy over bins of equal numbers of photos.

    Args:
        confidence: Shape `(n,)`, in [0, 1].
        correct: Shape `(n,)`.

    Returns:
        ECE in [0, 1]; 0 is perfect (Naeini et al., 2015; equal-mass bins as in Nixon et al., 2019).
    """
    order = np.argsort(confidence, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [len(p) * abs(float(confidence[p].mean()) - float(correct[p].mean())) for p in parts]
    return float(sum(gaps) / max(1, len(order)))
