"""Make a probability of 0.8 mean "right four times out of five"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax

COLDEST, HOTTEST = 0.05, 20.0  # bounds of every temperature
STEEPEST = 1.5  # bound of the slope of the prior


@dataclass(frozen=True, slots=True)
class Guarantee:
    """The target at which at most `error` of all photos are expected to get a wrong answer.

    An unsure answer is no wrong one. See `core.decision.risk`.
    """

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
        slope_floor: Shares below this get no larger correction than this: the slope was fitted on classes
            common enough to be judged, and must not be drawn on into the tail.
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
    slope_floor: float = 0.0
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
        prior = np.maximum(np.asarray(calibration.prior), calibration.slope_floor)
        scores += calibration.slope * np.log(prior)
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

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))


def fit_prior_slope(
    logits: NDArray[np.floating],
    targets: NDArray[np.intp],
    prior: NDArray[np.floating],
    weights: NDArray[np.floating] | None = None,
) -> tuple[float, float]:
    """Return the temperature and slope under which `log_likelihoods` holds no prior any more.

    They minimise the negative log-likelihood of `logits / temperature + slope * log(prior)`. A network
    trained on many photos of common species leans to them, whatever its loss; a negative slope takes
    that back (logit adjustment with a fitted strength: Menon et al., 2021).

    Args:
        logits: Shape `(n, k)`, of photos that the network was not trained on.
        targets: Shape `(n,)`, class indices.
        prior: Shape `(k,)`: share of each class among the training photos, all above 0.
        weights: Shape `(n,)`, such that all classes count alike; else the photos' own mixture is fitted.

    Returns:
        A temperature in [0.05, 20], and a slope in [-1.5, 1.5].
    """
    rows = np.arange(len(targets))
    scores, log_prior = np.asarray(logits, np.float64), np.log(np.asarray(prior, np.float64))
    worth = np.ones(len(targets)) if weights is None else np.asarray(weights, np.float64)

    def loss(parameters: NDArray[np.float64]) -> float:
        shifted = scores * np.exp(-parameters[0]) + parameters[1] * log_prior
        return float(-(worth * log_softmax(shifted, axis=1)[rows, targets]).sum() / worth.sum())

    bounds = [(np.log(COLDEST), np.log(HOTTEST)), (-STEEPEST, STEEPEST)]
    found = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=bounds)
    return float(np.exp(found.x[0])), float(found.x[1])


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
