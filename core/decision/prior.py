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
HELD = 0.5  # strength of the anchor; with less, EM learns the mistakes of a model that makes many
CLEAR = 8.0  # nats by which a family must explain the photos better than equal shares (p < 0.0001)
STRETCH = 8  # photos that follow each other stay on one side when EM is tried
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
    photos better with what it learnt from the other (bootstrap, 90 %), the one-parameter family is used, and only
    if the photos speak for it clearly.

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
    _, first, owner = np.unique(scores, axis=0, return_index=True, return_inverse=True)
    photo = np.argsort(np.argsort(first))[owner.ravel()]  # a photo that is there twice tells nothing new
    if n >= EM_PHOTOS and _em_pays(scores, known, photo, seed):
        return PriorEstimate(PriorMethod.EM, n, tuple(classes), _anchored(scores, known))
    shares = family_prior(scores, known)
    gain = _log_evidence(scores, shares) - _log_evidence(scores, np.full(len(known), 1 / len(known)))
    if float(gain.mean()) * (photo.max() + 1) < CLEAR:
        return None
    return PriorEstimate(PriorMethod.FAMILY, n, tuple(classes), shares)


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


def _log_evidence(scores: Array, shares: Array) -> Array:
    """Return the log-likelihood of each photo, `(n,)`, up to a constant."""
    return np.asarray(logsumexp(scores + np.log(shares), axis=1), np.float64)


def _em_pays(scores: Array, prior: Array, photo: NDArray[np.intp], seed: int) -> bool:
    """Return whether EM, learnt on one half of the photos, explains the other half better.

    The halves are made of stretches of photos that follow each other: those of one burst are alike, and
    on both sides they would let EM pass on what it only remembers.

    Args:
        photo: Shape `(n,)`: which rows are the same photo, numbered in their order.
    """
    rng = np.random.default_rng(seed)
    stretch = photo // STRETCH
    chosen = rng.permutation(stretch.max() + 1)[: (stretch.max() + 1) // 2]
    learns = np.isin(stretch, chosen)
    learn, judge = scores[learns], scores[~learns]
    if not len(learn) or not len(judge):
        return False
    gain = _log_evidence(judge, _anchored(learn, prior)) - _log_evidence(judge, family_prior(learn, prior))
    names, owner = np.unique(photo[~learns], return_inverse=True)
    sums, counts = np.bincount(owner, gain), np.bincount(owner)
    draws = (rng.integers(0, len(names), len(names)) for _ in range(200))
    means = [float(sums[drawn].sum() / counts[drawn].sum()) for drawn in draws]
    return bool(np.quantile(means, 0.1) > 0)
