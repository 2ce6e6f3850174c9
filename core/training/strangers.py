"""Learning to tell strangers: every known species plays one, in turn.

For a photo of a species the model is asked twice: as it is, and as if it had never heard of that
species (its outputs and its mean are left out). The second answer is what a stranger looks like.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from core.decision.novelty import NoveltyModel
from core.errors import TrainingError

SHRINKAGE = 0.1  # of the covariance within species, towards a ball
DIRECTIONS = 128


def fit_means(
    embeddings: NDArray[np.floating], targets: NDArray[np.intp], *, directions: int = DIRECTIONS
) -> NoveltyModel:
    """Find the directions that tell species apart, and where each species lies.

    Args:
        embeddings: Shape `(n, d)`, of training photos of listed species.
        targets: Shape `(n,)`, class indices.

    Returns:
        A model whose `weights` are still neutral, see `fit_strangers`.

    Raises:
        TrainingError: There are fewer than three species.
    """
    columns, owner = np.unique(targets, return_inverse=True)
    if len(columns) < 3:
        raise TrainingError("strangers can only be told by a model of three species or more")
    x = np.asarray(embeddings, np.float64)
    centre = x.mean(axis=0)
    means = np.stack([x[owner == index].mean(axis=0) for index in range(len(columns))])
    within = x - means[owner]
    covariance = within.T @ within / len(x)
    covariance += SHRINKAGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    values, vectors = np.linalg.eigh(covariance)
    whiten = vectors / np.sqrt(values)
    spread = np.cov((means - centre) @ whiten, rowvar=False)
    _, apart = np.linalg.eigh(spread)
    projection = whiten @ apart[:, ::-1][:, : min(directions, len(columns) - 1)]
    placed = (means - centre) @ projection
    placed /= np.linalg.norm(placed, axis=1, keepdims=True) + 1e-9
    return NoveltyModel(
        centre=centre.astype(np.float32),
        projection=projection.astype(np.float32),
        means=placed.astype(np.float32),
        columns=columns.astype(np.intp),
        weights=(1.0, 1.0, 0.0),
        threshold=0.5,
    )


def played_signs(
    model: NoveltyModel,
    embeddings: NDArray[np.floating],
    logits: NDArray[np.floating],
    targets: NDArray[np.intp],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the signs `(n, 2)` of photos as they are, and with their species struck off the list."""
    as_known = model.signs(embeddings, logits)
    as_stranger = np.empty_like(as_known)
    for target in np.unique(targets):
        rows = targets == target
        others = model.columns[model.columns != target]
        as_stranger[rows] = model.signs(embeddings[rows], logits[rows], others)
    return as_known, as_stranger


def fit_strangers(
    model: NoveltyModel,
    embeddings: NDArray[np.floating],
    logits: NDArray[np.floating],
    targets: NDArray[np.intp],
) -> NoveltyModel:
    """Fit the weights and the threshold on photos that the network was not trained on.

    Args:
        logits: Shape `(n, k)`, of the first expert.
        targets: Shape `(n,)`, class indices among `model.columns`.
    """
    as_known, as_stranger = played_signs(model, embeddings, logits, targets)
    signs = np.concatenate([as_known, as_stranger])
    is_stranger = np.repeat([0, 1], len(as_known))
    fitted = LogisticRegression(C=10.0).fit(signs, is_stranger)
    constant = float(fitted.intercept_[0]) + float(logit(model.base_rate))  # fitted at one half
    weights = (float(fitted.coef_[0][0]), float(fitted.coef_[0][1]), constant)
    weighted = replace(model, weights=weights)
    threshold = float(np.quantile(weighted.score(embeddings, logits), model.accepted))
    return replace(weighted, threshold=threshold)
