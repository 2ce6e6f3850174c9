"""What lives where the photos were taken, guessed from the photos."""

import numpy as np
import pytest

from core.decision.prior import (
    PriorMethod,
    checklist_prior,
    em_prior,
    estimate_prior,
    family_prior,
)

K = 40
CLASSES = tuple(f"species-{i}" for i in range(K))
PRIOR = np.exp(-np.arange(K) / 8.0)
PRIOR /= PRIOR.sum()


def photos(shares: np.ndarray, n: int, seed: int = 0, blur: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihoods of `n` photos of Gaussian species, and which species they are."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 1.0, (K, 8))
    truth = rng.choice(K, n, p=shares)
    x = rng.normal(centres[truth], blur)
    return -0.5 * ((x[:, None] - centres) ** 2).sum(axis=2) / blur**2, truth


def accuracy(scores: np.ndarray, truth: np.ndarray, shares: np.ndarray) -> float:
    return float(((scores + np.log(shares)).argmax(axis=1) == truth).mean())


def site(seed: int = 1) -> np.ndarray:
    lives = np.random.default_rng(seed).random(K) < 0.3
    return lives / lives.sum()


def test_few_photos_change_nothing() -> None:
    scores, _ = photos(PRIOR, 99)
    assert estimate_prior(scores, CLASSES, PRIOR) is None


def test_scores_that_were_not_calibrated_change_nothing() -> None:
    scores, _ = photos(PRIOR, 500)
    assert estimate_prior(scores, CLASSES, np.array([])) is None


@pytest.mark.parametrize("exponent", [1.0, -1.0, 0.0])
def test_the_family_finds_how_long_the_tail_is(exponent: float) -> None:
    shares = PRIOR**exponent / (PRIOR**exponent).sum()
    scores, truth = photos(shares, 2000)
    found = family_prior(scores, PRIOR)
    fitted = np.polyfit(np.log(PRIOR), np.log(found), 1)[0]
    assert fitted == pytest.approx(exponent, abs=0.2)
    even = np.full(K, 1 / K)
    assert accuracy(scores, truth, found) >= accuracy(scores, truth, even) - 0.005


def test_a_site_with_few_species_is_recognised() -> None:
    shares = site()
    scores, truth = photos(shares, 1500)
    found = estimate_prior(scores, CLASSES, PRIOR)
    assert found is not None
    assert found.method is PriorMethod.EM
    assert found.n == 1500
    assert found.shares.sum() == pytest.approx(1)
    gain = accuracy(scores, truth, found.shares) - accuracy(scores, truth, np.full(K, 1 / K))
    oracle = accuracy(scores, truth, np.maximum(shares, 1e-9)) - accuracy(scores, truth, np.full(K, 1 / K))
    assert oracle > 0.1
    assert gain >= 0.5 * oracle


def test_between_the_gates_one_parameter_is_fitted() -> None:
    scores, _ = photos(site(), 200)
    found = estimate_prior(scores, CLASSES, PRIOR)
    assert found is not None
    assert found.method is PriorMethod.FAMILY


def test_plain_em_is_that_of_the_textbook() -> None:
    scores, _ = photos(site(), 400)
    shares = np.full(K, 1 / K)
    for _ in range(200):
        joint = np.exp(scores - scores.max(axis=1, keepdims=True)) * shares
        shares = (joint / joint.sum(axis=1, keepdims=True)).mean(axis=0)
    found = em_prior(scores, np.full(K, 1 / K), strength=0.0)
    assert np.abs(found - shares).max() < 1e-3


def test_em_on_scores_that_still_hold_a_prior_does_harm() -> None:
    """Why the gate asks for calibrated scores: this keeps us honest."""
    scores, truth = photos(np.full(K, 1 / K), 1500)
    leaning = 0.35 * scores + 2.5 * np.log(PRIOR)
    even = np.full(K, 1 / K)
    harmed = accuracy(leaning, truth, em_prior(leaning, even, strength=0.0))
    assert harmed < accuracy(scores, truth, even) - 0.05


def test_no_share_is_more_than_fifty_times_off() -> None:
    shares = np.zeros(K)
    shares[-1] = 1.0
    scores, _ = photos(shares, 1000)
    found = estimate_prior(scores, CLASSES, PRIOR)
    assert found is not None
    assert (found.shares > 0).all()


def test_a_checklist_leaves_a_door_ajar() -> None:
    found = checklist_prior(["species-3", "species-4"], CLASSES)
    assert found.method is PriorMethod.CHECKLIST
    assert found.shares[[3, 4]] == pytest.approx([0.495, 0.495])
    assert found.shares.sum() == pytest.approx(1)
    assert found.shares.min() > 0
    assert checklist_prior(CLASSES, CLASSES).shares == pytest.approx(np.full(K, 1 / K))
    with pytest.raises(ValueError, match="none of the model's classes"):
        checklist_prior(["unicorn"], CLASSES)


def test_the_largest_shifts_come_first() -> None:
    shifts = checklist_prior(["species-7"], CLASSES).shifts(3)
    assert len(shifts) == 3
    assert all(shift.before == pytest.approx(1 / K) for shift in shifts)
    factors = [abs(np.log(shift.after / shift.before)) for shift in shifts]
    assert factors == sorted(factors, reverse=True)
