"""How common the species are where a batch of photos was taken, guessed from the photos alone.

A model answers as if all its species were alike often. A site has few of them. The share of each can be
estimated without labels from the likelihoods of many photos, and the answers then follow Bayes' rule.
Estimates from few photos, or from scores that still hold the prior of the training photos, do more harm
than good; `estimate_prior` therefore has gates, and says which way it went.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

Array = NDArray[np.float64]

LEAST_PHOTOS = 100  # fewer say nothing about 100 species
EM_PHOTOS = 300  # fewer allow one parameter only
EXPONENTS = np.linspace(-1.5, 1.5, 61)
HELD = (
    0.5  # strength of the anchor, however many photos: where a model is often wrong, EM learns its mistakes
)
FAR = 50.0  # the most that a share may differ from that among the training photos, as a factor
UNLISTED = 0.01  # probability that a photo shows something that the checklist forgot


class PriorMethod(StrEnum):
    """How a prior was found."""

    CHECKLIST = "checklist"  # what the user says lives here
    FAMILY = "family"  # more, or less, like the training photos; one parameter
    EM = "em"  # every share on its own


@dataclass(frozen=True, slots=True)
class Shift:
    """The expected share of a class, and what it would be if all were alike."""

    label: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, eq=False)
class PriorEstimate:
    """Shares of the classes where the photos were taken.

    Attributes:
        n: Number of photos that it rests on; 0 for a checklist.
        shares: Shape `(k,)`, summing to 1, in the order of `classes`.
    """

    method: PriorMethod
    n: int
    classes: tuple[str, ...]
    shares: Array

    @property
    def log_shares(self) -> Array:
        """What is added to log-likelihoods, `(k,)`."""
        return np.asarray(np.log(self.shares), np.float64)

    def shifts(self, k: int = 10) -> tuple[Shift, ...]:
        """Return the `k` classes whose share differs most from an equal one, as a factor."""
        equal = 1 / len(self.classes)
        order = np.argsort(-np.abs(np.log(self.shares / equal)), kind="stable")[:k]
        return tuple(Shift(self.classes[i], equal, float(self.shares[i])) for i in order)


def family_prior(log_likelihoods: NDArray[np.floating], prior: NDArray[np.floating]) -> Array:
    """Return the member of the family prior^b that makes the photos most likely, `(k,)`.

    Args:
        log_likelihoods: Shape `(n, k)`.
        prior: Shape `(k,)`: shares among the training photos.
    """
    scores, log_prior = np.asarray(log_likelihoods, np.float64), np.log(np.asarray(prior, np.float64))
    best, found = -np.inf, np.full(len(log_prior), 1 / len(log_prior))
    for exponent in EXPONENTS:
        log_shares = exponent * log_prior - logsumexp(exponent * log_prior)
        likelihood = float(logsumexp(scores + log_shares, axis=1).mean())
        if likelihood > best:
            best, found = likelihood, np.exp(log_shares)
    return found


def em_prior(
    log_likelihoods: NDArray[np.floating],
    anchor: NDArray[np.floating],
    *,
    strength: float,
    steps: int = 200,
) -> Array:
    """Return the most likely shares, `(k,)`, held back towards an anchor (Saerens et al., 2002).

    Args:
        anchor: Shape `(k,)`: where the shares stay without evidence.
        strength: Weight of the anchor against all photos together; 0 is plain EM.
    """
    start = np.asarray(anchor, np.float64)
    scores = np.asarray(log_likelihoods, np.float64)
    shares = start
    for _ in range(steps):
        seen = softmax(scores + np.log(shares), axis=1).mean(axis=0)
        updated = np.maximum((seen + strength * start) / (1 + strength), 1e-12)
        done = np.abs(updated - shares).max() < 1e-6
        shares = updated
        if done:
            break
    return np.asarray(shares, np.float64)


def estimate_prior(
    log_likelihoods: NDArray[np.floating],
    classes: Sequence[str],
    prior: NDArray[np.floating],
    *,
    seed: int = 0,
) -> PriorEstimate | None:
    """Estimate the shares, or return `None` where the photos do not allow it.

    Under 100 photos nothing is estimated; under 300, or where EM does not explain one half of the
    photos better with what it learnt from the other (bootstrap, 90 %), the one-parameter family is used.

    Args:
        log_likelihoods: Shape `(n, k)`, without any prior (`core.decision.log_likelihoods`).
        prior: Shape `(k,)`: shares among the training photos; empty if the model was not calibrated
            for this, and then nothing is estimated.
    """
    scores = np.asarray(log_likelihoods, np.float64)
    n = len(scores)
    if n < LEAST_PHOTOS or not len(prior):
        return None
    known = np.asarray(prior, np.float64)
    if n < EM_PHOTOS or not _em_pays(scores, known, seed):
        return PriorEstimate(PriorMethod.FAMILY, n, tuple(classes), family_prior(scores, known))
    return PriorEstimate(PriorMethod.EM, n, tuple(classes), _anchored(scores, known))


def checklist_prior(listed: Sequence[str], classes: Sequence[str]) -> PriorEstimate:
    """Return equal shares for what a user says may occur, and 1 % for all else together.

    Args:
        listed: Classes of the model. Flags, such as blank, should be among them.

    Raises:
        ValueError: None of the classes is listed.
    """
    inside = np.isin(np.array(classes), list(listed))
    if not inside.any():
        raise ValueError("the checklist names none of the model's classes")
    shares = np.where(inside, 1 / inside.sum(), 0.0)
    if not inside.all():
        shares = (1 - UNLISTED) * shares + UNLISTED * ~inside / (~inside).sum()
    return PriorEstimate(PriorMethod.CHECKLIST, 0, tuple(classes), np.asarray(shares, np.float64))


def _anchored(scores: Array, prior: Array) -> Array:
    shares = em_prior(scores, family_prior(scores, prior), strength=HELD)
    kept = np.clip(shares, prior / FAR, prior * FAR)
    return np.asarray(kept / kept.sum(), np.float64)


def _em_pays(scores: Array, prior: Array, seed: int) -> bool:
    """Return whether EM, learnt on one half of the photos, explains the other half better."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(scores))
    learn, judge = scores[rows[: len(rows) // 2]], scores[rows[len(rows) // 2 :]]
    gain = logsumexp(judge + np.log(_anchored(learn, prior)), axis=1) - logsumexp(
        judge + np.log(family_prior(learn, prior)), axis=1
    )
    means = [float(rng.choice(gain, len(gain)).mean()) for _ in range(200)]
    return bool(np.quantile(means, 0.1) > 0)
