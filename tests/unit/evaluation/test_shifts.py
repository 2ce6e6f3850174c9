"""Other mixtures of the same photos."""

import numpy as np
import pytest

from core.evaluation.shifts import draw_shifted, draw_site, shifted_shares

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
