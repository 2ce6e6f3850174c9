"""Learning to tell strangers."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.errors import TrainingError
from core.training.strangers import fit_means, fit_strangers, played_signs


def world(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings, labels and logits of 14 species; the last four are strangers (label -1)."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 2.0, (14, 24))
    owner = np.repeat(np.arange(14), 30)
    x = rng.normal(centres[owner], 1.0)
    logits = -0.5 * ((x[:, None] - centres[None, :10]) ** 2).sum(axis=2) / 3
    return x.astype(np.float32), np.where(owner < 10, owner, -1), logits


def test_strangers_score_higher_than_known_species() -> None:
    x, owner, logits = world()
    known = owner >= 0
    learn = known & (np.arange(len(x)) % 2 == 0)
    judge = known & ~learn
    model = fit_means(x[learn], owner[learn], directions=8)
    model = fit_strangers(model, x[judge], logits[judge], owner[judge])
    scores = model.score(x, logits)
    assert scores.min() >= 0
    assert scores.max() <= 1
    rows = judge | ~known
    assert roc_auc_score(~known[rows], scores[rows]) > 0.9
    assert (scores[judge] < model.threshold).mean() == pytest.approx(0.95, abs=0.02)


def test_a_struck_off_species_looks_stranger() -> None:
    x, owner, logits = world()
    known = owner >= 0
    model = fit_means(x[known], owner[known])
    as_known, as_stranger = played_signs(model, x[known], logits[known], owner[known])
    assert (as_stranger[:, 0] >= as_known[:, 0] - 1e-9).mean() > 0.9
    assert as_stranger[:, 1].mean() > as_known[:, 1].mean()


def test_two_species_are_too_few() -> None:
    with pytest.raises(TrainingError, match="three species"):
        fit_means(np.ones((4, 3)), np.array([0, 0, 1, 1]))
