"""Which labelled photos deserve a second look, and why."""

from collections.abc import Iterable, Mapping, Sequence

from core.errors import TrainingError
from core.media.embeddings import EmbeddingStore
from core.review.similarity import disagreeing_neighbours
from core.store import Flip, Lane, Opinion, Place
from core.taxonomy import BLANK, Taxonomy
from core.training.suspects import LabelledRow, suspects

SURE = 0.9
FIRST = 2.0  # before everything that a single new photo is worth
AROUND = 10  # neighbours
MOST = 5_000  # labels that are doubted at once, which takes seconds
LEAST_DOUBT = 0.75  # another taxon is far more probable


def contradicted(opinions: Iterable[Opinion], taxonomy: Taxonomy) -> list[Place]:
    """Return labelled photos of which a model that is sure says something else, the surest first.

    A label above or below what the model says is no contradiction.
    """
    found = [
        Place(one.sha256, one.prediction, Lane.CONTRADICTED, FIRST + one.confidence, audit=False)
        for one in opinions
        if one.confidence >= SURE
        and one.displayed is not None
        and _differ(one.label, one.displayed, taxonomy)
    ]
    return sorted(found, key=lambda place: (-place.priority, place.sha256))


def unlike_neighbours(
    opinions: Iterable[Opinion], store: EmbeddingStore, taxonomy: Taxonomy, *, around: int = AROUND
) -> list[Place]:
    """Return labelled photos that look like photos which people label otherwise, the clearest first."""
    known = {one.sha256: one for one in opinions}
    hashes, vectors = store.vectors(list(known))
    found = store.nearest(vectors, around + 1) if len(hashes) else []
    labels = {name: known[name].label for name in hashes}
    return [
        Place(one.sha256, known[one.sha256].prediction, Lane.NEIGHBOURS, FIRST + one.share - 1, audit=False)
        for one in disagreeing_neighbours(labels, dict(zip(hashes, found, strict=True)), taxonomy)
    ]


def flipped(flips: Iterable[Flip], predictions: Mapping[str, int]) -> list[Place]:
    """Return photos of which a new model says something else than the old one, in the order given.

    Args:
        predictions: Id of the newest stored prediction by photo; those without one cannot be shown.
    """
    return [
        Place(one.sha256, predictions[one.sha256], Lane.FLIPPED, FIRST, audit=False)
        for one in flips
        if one.sha256 in predictions
    ]


def doubtful(
    opinions: Sequence[Opinion], store: EmbeddingStore, taxonomy: Taxonomy, group_of: Mapping[str, str]
) -> list[Place]:
    """Return labels that a model which learnt from all others cannot believe, worst first; see `core.training.suspects`.

    Args:
        group_of: Event of a photo by hash; photos of one event never judge one another.
    """
    known = {one.sha256: one for one in opinions if one.label is None or one.label in taxonomy}
    hashes, vectors = store.vectors(list(known)[-MOST:])
    rows = [LabelledRow(name, known[name].label or BLANK, group_of.get(name, "")) for name in hashes]
    try:
        found = suspects(rows, vectors, taxonomy, least=LEAST_DOUBT)
    except TrainingError:  # too few labels to doubt any
        return []
    return [
        Place(one.sha256, known[one.sha256].prediction, Lane.SUSPECT, FIRST + one.doubt, audit=False)
        for one in found
    ]


def _differ(label: str | None, displayed: str, taxonomy: Taxonomy) -> bool:
    if label is None or displayed == BLANK:
        return (label is None) != (displayed == BLANK)
    if label not in taxonomy or displayed not in taxonomy:
        return False
    lineages = ({taxon.id for taxon in taxonomy.lineage(name)} for name in (label, displayed))
    ours, theirs = lineages
    return label not in theirs and displayed not in ours
