"""Which labelled photos deserve a second look, and why."""

from collections.abc import Iterable

from core.store import Lane, Opinion, Place
from core.taxonomy import BLANK, Taxonomy

SURE = 0.9
FIRST = 2.0  # before everything that a single new photo is worth


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


def _differ(label: str | None, displayed: str, taxonomy: Taxonomy) -> bool:
    if label is None or displayed == BLANK:
        return (label is None) != (displayed == BLANK)
    if label not in taxonomy or displayed not in taxonomy:
        return False
    lineages = ({taxon.id for taxon in taxonomy.lineage(name)} for name in (label, displayed))
    ours, theirs = lineages
    return label not in theirs and displayed not in ours
