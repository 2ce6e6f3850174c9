"""How the work goes: who labels how fast, how far people agree with each other, with tests and with themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from core.review.audit import Share
from core.store import BlindAnswer, Lane
from core.taxonomy import Taxonomy

PAUSE = timedelta(seconds=60)  # longer ones are no work


@dataclass(frozen=True, slots=True)
class Pace:
    """Labels of one person, and the minutes between them without pauses."""

    labels: int
    minutes: float

    @property
    def per_minute(self) -> float | None:
        """Labels a minute; `None` where there is no time to divide by."""
        return (self.labels - 1) / self.minutes if self.minutes > 0 else None


def pace(moments: Iterable[datetime]) -> Pace:
    """Return how fast somebody works, from the moments of their acts; one act on many photos counts for each."""
    ordered = sorted(moments)
    gaps = (after - before for before, after in pairwise(ordered))
    minutes = sum((gap for gap in gaps if gap <= PAUSE), timedelta()) / timedelta(minutes=1)
    return Pace(len(ordered), minutes)


def shares(answers: Iterable[BlindAnswer], lane: Lane, taxonomy: Taxonomy) -> dict[str, Share]:
    """Return how often each person was right in tests (`GOLD`), or said the same again (`AGAIN`).

    A finer answer than the known one is right if it lies below it.
    """
    counts: dict[str, list[bool]] = {}
    for answer in answers:
        if answer.lane is lane:
            counts.setdefault(answer.annotator, []).append(_is_right(answer, taxonomy))
    return {name: Share(sum(right), len(right)) for name, right in sorted(counts.items())}


def _is_right(answer: BlindAnswer, taxonomy: Taxonomy) -> bool:
    if answer.said == answer.expected:
        return True
    if answer.said is None or answer.expected is None or answer.said not in taxonomy:
        return False
    return answer.expected in {taxon.id for taxon in taxonomy.lineage(answer.said)}
