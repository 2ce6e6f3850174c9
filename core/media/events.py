"""From single shots to events: what one camera took in one go, as Camtrap DP understands it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

DEFAULT_GAP = 60  # seconds, as in most tools for bursts; longer gaps suit counting of visits


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo on the clock of its camera.

    Attributes:
        key: Whatever identifies the photo; also decides the order of shots of the same moment.
        taken_at: Local time, as the camera wrote it.
    """

    key: int
    deployment: str
    taken_at: datetime


def group_events(shots: Iterable[Shot], gap_seconds: int = DEFAULT_GAP) -> list[Sequence[Shot]]:
    """Return events: shots of one deployment, each at most `gap_seconds` after the one before, in order.

    A chain of shots stays one event however long it gets, since nothing in it says where to cut.
    """
    gap = timedelta(seconds=gap_seconds)
    timed = [(shot.deployment, _naive(shot.taken_at), shot.key, shot) for shot in shots]
    timed.sort(key=itemgetter(0, 1, 2))
    events: list[Sequence[Shot]] = []
    for _, of_one in groupby(timed, key=itemgetter(0)):
        event: list[Shot] = []
        before = datetime.max
        for _, moment, _, shot in of_one:
            if event and moment - before > gap:
                events.append(event)
                event = []
            event.append(shot)
            before = moment
        events.append(event)
    return events


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)  # one camera has one clock; some write its offset, some do not
