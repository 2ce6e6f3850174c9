"""How likely it is that an animal is none of the listed species.

Two signs speak for a stranger: the network hesitates between species (maximum softmax of the expert
that learnt the labels as they are; Hendrycks and Gimpel, 2017), and its features lie far from the mean of
every known species, in the directions that tell species apart (nearest class mean after linear
discriminant analysis; relatives: Lee et al., 2018, and Ren et al., 2021). A logistic regression over
both, fitted with known species played as strangers, turns them into a probability.

Both signs can be read among the species of one taxon only: "a cat, but none of the listed cats".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_softmax

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class NoveltyModel:
    """What is needed to tell strangers.

    Attributes:
        centre: Shape `(d,)`: mean of the training embeddings.
        projection: Shape `(d, q)`: directions that tell species apart, scaled to unit spread within
            species.
        means: Shape `(c, q)`: the projected mean of each species, of unit length.
        columns: Shape `(c,)`: the class of each mean.
        weights: Of the hesitation, of the distance, and the constant.
        threshold: Novelty from which on an animal is called a stranger; `accepted` of the animals
            of listed species lie below it.
        accepted: Share of photos of listed species that pass, in (0, 1).
        base_rate: Share of strangers that the probability assumes.
    """

    centre: Array
    projection: Array
    means: Array
    columns: NDArray[np.intp]
    weights: tuple[float, float, float]
    threshold: float
    accepted: float = 0.95
    base_rate: float = 0.2

    def signs(
        self,
        embeddings: NDArray[np.floating],
        logits: NDArray[np.floating],
        among: NDArray[np.intp] | None = None,
    ) -> NDArray[np.float64]:
        """Return hesitation and distance, `(n, 2)`.

        Args:
            embeddings: Shape `(n, d)`.
            logits: Shape `(n, k)`, of the model's first expert.
            among: Classes that count as listed; all of `columns` by default.
        """
        kept = np.arange(len(self.columns)) if among is None else np.flatnonzero(np.isin(self.columns, among))
        best = log_softmax(np.asarray(logits, np.float64)[:, self.columns[kept]], axis=1).max(axis=1)
        hesitation = np.log(-np.expm1(np.minimum(best, -1e-6))) - best  # log odds of not the best
        projected = (np.asarray(embeddings, np.float32) - self.centre) @ self.projection
        projected /= np.linalg.norm(projected, axis=1, keepdims=True) + 1e-9
        distance = 1.0 - (projected @ self.means[kept].T).max(axis=1)
        return np.stack([hesitation, distance], axis=1)

    def score(
        self,
        embeddings: NDArray[np.floating],
        logits: NDArray[np.floating],
        among: NDArray[np.intp] | None = None,
    ) -> NDArray[np.float64]:
        """Return the probability, `(n,)`, that each animal is none of the species in `among`.

        It assumes that an animal is shown, and that `base_rate` of all animals are strangers.
        """
        hesitation, distance, constant = self.weights
        signs = self.signs(embeddings, logits, among)
        return np.asarray(expit(signs @ np.array([hesitation, distance]) + constant), np.float64)
