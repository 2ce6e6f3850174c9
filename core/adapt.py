"""Answering a whole batch anew, knowing what lives where its photos were taken."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.answering import answer_for, distribute, target_of
from core.decision.prior import PriorEstimate, estimate_prior
from core.identify import Identification, Request
from core.model import Classifier


def estimate_for(items: Sequence[Identification], classifier: Classifier) -> PriorEstimate | None:
    """Return the shares of the classes in a batch, `None` where it does not allow an estimate."""
    scores = _scores(items, classifier)
    if not scores:
        return None
    bundle = classifier.bundle
    return estimate_prior(np.stack(list(scores.values())), bundle.classes, np.array(bundle.calibration.prior))


def adapt(
    items: Sequence[Identification],
    classifier: Classifier,
    request: Request,
    estimate: PriorEstimate | None,
) -> list[Identification]:
    """Answer every identified photo again under a prior; without one, as if all classes were alike.

    Files without an answer, and photos that another model looked at, stay as they are. Nothing is read
    and the network does not run.
    """
    bundle = classifier.bundle
    scores = _scores(items, classifier)
    adapted = list(items)
    if not scores:
        return adapted
    stacked = np.stack(list(scores.values())).astype(np.float64)
    distributions = distribute(stacked, bundle, estimate.log_shares if estimate else None)
    target = target_of(bundle, target=request.target, error=request.error)
    for index, distribution in zip(scores, distributions, strict=True):
        item = items[index]
        answer = answer_for(distribution, classifier, item.notes, target, request.top_k, item.novelty)
        adapted[index] = replace(item, answer=answer, distribution=distribution)
    return adapted


def _scores(items: Sequence[Identification], classifier: Classifier) -> dict[int, NDArray[np.float32]]:
    """Return the scores of the photos that this model looked at, by position."""
    model = classifier.bundle.weights_sha256
    return {
        index: item.log_likelihood
        for index, item in enumerate(items)
        if item.log_likelihood is not None and item.model == model
    }
