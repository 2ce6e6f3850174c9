"""Making room in a model for classes that it did not have."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.decision.novelty import NoveltyModel
from core.model.tree_head import TreeHead
from core.taxonomy import FLAGS, Taxonomy
from core.training.imprint import imprint

Floats = NDArray[np.floating]


def grown_head(
    old: TreeHead,
    taxonomy: Taxonomy,
    classes: Sequence[str],
    embeddings: Floats,
    labels: Sequence[str],
    common: Floats,
) -> TreeHead:
    """Return a head of more classes that answers as the old one does, and knows the new ones by their mean photo.

    Args:
        taxonomy, classes: Of the new head; they hold those of the old one.
        embeddings: Shape `(n, d)`, of photos among which some show the new classes.
        labels: Of each photo, of any rank.
        common: Shape `(d,)`: the mean embedding of what the old head knows.
    """
    head = TreeHead(taxonomy, classes, old.centre.shape[0], old.spec)
    head.continue_from_tree(old)
    column = {name: index for index, name in enumerate(classes)}
    if fresh := [column[name] for name in classes if name not in old.classes]:
        imprint(
            head,
            embeddings,
            np.array([column.get(label, -1) for label in labels], np.intp),
            fresh,
            common=common,
        )
    return head.eval()


def grown_prior(
    prior: Sequence[float], photos: int, old: Sequence[str], labels: Sequence[str], classes: Sequence[str]
) -> NDArray[np.float64]:
    """Return the share of each class, `(k,)`: new ones by their photos, the old ones to each other as they were.

    Args:
        prior: Shares of the `old` classes among its training `photos`; empty for all alike.
        labels: Of the new photos, of any rank.
    """
    shares = dict(zip(old, prior or (1 / len(old),) * len(old), strict=True))
    counts = np.array([shares[name] * photos if name in shares else labels.count(name) for name in classes])
    return np.asarray(counts / counts.sum(), np.float64)


def grown_novelty(
    model: NoveltyModel,
    old: Sequence[str],
    classes: Sequence[str],
    embeddings: Floats,
    labels: Sequence[str],
) -> NoveltyModel:
    """Return where the classes lie in the same directions, with the mean of every new species added.

    Args:
        embeddings, labels: Of photos among which some show the new species, as in `grown_head`.
    """
    column = {name: index for index, name in enumerate(classes)}
    columns = [column[old[index]] for index in model.columns]
    means = [model.means]
    for name in classes:
        rows = [row for row, label in enumerate(labels) if label == name]
        if rows and name not in old and name not in FLAGS:
            placed = (np.asarray(embeddings)[rows].mean(axis=0) - model.centre) @ model.projection
            means.append((placed / (np.linalg.norm(placed) + 1e-9))[None].astype(np.float32))
            columns.append(column[name])
    return replace(model, means=np.concatenate(means), columns=np.array(columns, np.intp))
