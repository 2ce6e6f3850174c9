"""Other mixtures of the same photos."""

import numpy as np
import pytest

from core.evaluation.shifts import draw_shifted, draw_site, shifted_shares, shifted_tests

PRIOR = np.array([0.2, 0.5, 0.3])


def test_shares_fall_as_in_training_or_the_other_way() -> None:
    forward = shifted_shares(PRIOR, "forward", 50)
    assert np.argsort(-forward).tolist() == [1, 2, 0]
    assert forward.max() / forward.min() == pytest.approx(50)
    assert shifted_shares(PRIOR, "backward", 50).tolist() == pytest.approx(forward[[1, 0, 2]].tolist())
    assert shifted_shares(PRIOR, "uniform", 50).tolist() == pytest.approx([1 / 3] * 3)
    with pytest.raises(ValueError, match="none of forward"):
        shifted_shares(PRIOR, "sideways", 50)


def test_rows_are_drawn_in_these_shares() -> None:
    targets = np.repeat([0, 1, 2], [500, 30, 5])
    rows = draw_shifted(targets, np.array([0.1, 0.3, 0.6]), 20_000, seed=0)
    found = np.bincount(targets[rows]) / len(rows)
    assert found.tolist() == pytest.approx([0.1, 0.3, 0.6], abs=0.02)


def test_classes_without_photos_are_left_out() -> None:
    rows = draw_shifted(np.array([0, 0, 2]), np.array([0.2, 0.6, 0.2]), 1000, seed=1)
    assert set(rows.tolist()) == {0, 1, 2}
    assert np.mean(rows == 2) == pytest.approx(0.5, abs=0.06)


def test_a_site_has_few_species() -> None:
    targets = np.arange(2000) % 40
    rows = draw_site(targets, 0.3, 500, seed=3)
    assert len(rows) == 500
    assert len(np.unique(targets[rows])) == 12


def test_a_model_without_a_prior_is_not_tested() -> None:
    options = {"log_likelihoods": np.zeros((3, 2)), "classes": ("a", "b")}
    assert shifted_tests(y_true=np.array([0, 1, 1]), prior=np.array([]), **options) == ()
    assert shifted_tests(y_true=np.array([], int), prior=np.array([0.5, 0.5]), **options) == ()


def test_adapting_helps_where_few_species_live() -> None:
    rng = np.random.default_rng(0)
    classes = tuple(f"s{i}" for i in range(20))
    truth = rng.integers(0, 20, 1200)
    scores = rng.normal(0, 1, (1200, 20)) + 1.6 * np.eye(20)[truth]
    prior = np.arange(20, 0, -1) / 210
    found = shifted_tests(y_true=truth, log_likelihoods=1.6 * scores, classes=classes, prior=prior)
    assert [(one.kind, one.ratio) for one in found] == [
        ("forward", 50), ("forward", 10), ("uniform", 1), ("backward", 10), ("backward", 50), ("site", 0.3),
    ]  # fmt: skip
    site, uniform = found[-1], found[2]
    assert site.adapted < site.known + 0.02
    assert site.adapted > site.equal + 0.1
    assert abs(uniform.adapted - uniform.equal) < 0.02
    assert all(one.n == 1000 and one.draws == 3 for one in found)
    assert found == shifted_tests(y_true=truth, log_likelihoods=1.6 * scores, classes=classes, prior=prior)


def test_few_photos_are_not_adapted_to() -> None:
    """With many classes a draw is small, and stays above what an estimate needs."""
    classes = tuple(f"s{i}" for i in range(3000))
    found = shifted_tests(
        y_true=np.array([0, 1, 2]),
        log_likelihoods=np.eye(3000)[:3],
        classes=classes,
        prior=np.full(3000, 1 / 3000),
    )
    assert {one.n for one in found} == {100}
    assert all(one.equal == 1.0 for one in found)
