"""Make a probability of 0.8 mean "right four times out of five"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax


@dataclass(frozen=True, slots=True)
class Guarantee:
    """The target at which at most `error` of all answers are expected to be wrong."""

    error: float
    target: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted on held-out photos after training.

    Attributes:
        temperature: Logits are divided by this (Guo et al., 2017).
        target: Probability that the answer must reach, else Fieldmark answers at a coarser rank.
        n: Number of photos that all of this rests on.
        target_error: Share of wrong answers on those photos at `target`.
        slope: How much of the training prior is added to the scaled logits, so that what remains is a
            likelihood; negative where the network leans to common species.
        prior: Share of each class among the training photos, in the order of the bundle's classes;
            empty if unknown.
        rank_temperatures: One per rank, kingdom first: each P(child | parent) is raised to
            1 / temperature of the child's rank and normalised again.
        guarantees: Targets by the error that a user accepts (conformal risk control), least error first.
    """

    temperature: float
    target: float
    n: int
    target_error: float
    slope: float = 0.0
    prior: tuple[float, ...] = ()
    rank_temperatures: tuple[float, ...] = (1.0,) * 7
    guarantees: tuple[Guarantee, ...] = ()

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Calibration":
        """Rebuild from JSON.

        Raises:
            TypeError, KeyError: The record has unknown or missing fields.
        """
        fields = dict(record)
        fields["guarantees"] = tuple(Guarantee(**one) for one in fields.get("guarantees", ()))
        for name in ("prior", "rank_temperatures"):
            if name in fields:
                fields[name] = tuple(fields[name])
        return cls(**fields)


def log_likelihoods(logits: NDArray[np.floating], calibration: Calibration) -> NDArray[np.float64]:
    """Return `(n, k)` scores that hold no prior any more: their softmax assumes all classes alike."""
    scores = np.asarray(logits, np.float64) / calibration.temperature
    if calibration.slope and calibration.prior:
        scores += calibration.slope * np.log(np.asarray(calibration.prior))
    return scores


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
