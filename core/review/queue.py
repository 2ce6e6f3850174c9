"""Which photo to look at next: the expected value of a look, and a random audit that is not fooled by it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

from core.store import Lane, Place, Unreviewed
from core.taxonomy import BLANK

Item = TypeVar("Item")
# One photo in ten, chosen by its hash: the only honest estimate of how often the model is right.
AUDIT_SHARE = 10
RARE = 10  # training photos, below which a species is hardly known to the model
SURE = 0.9
# How much a wrong answer matters: it misleads more where the species is threatened or hardly known.
IMPACT = {Lane.THREATENED: 3.0, Lane.RARE: 2.0, Lane.UNSURE: 1.0, Lane.REST: 1.0}


def place(
    photo: Unreviewed, *, threatened: frozenset[str], learnt_from: Mapping[str, int], settles: int = 1
) -> Place:
    """Return where a photo stands.

    The value of a look is the chance that the model is wrong, times how much that would matter, times the photos that
    one answer settles; all looks take about as long.

    Args:
        threatened: Ids of the species that are vulnerable or worse.
        learnt_from: Number of training photos by species.
        settles: Photos of its event that nobody has looked at, at least one.
    """
    if is_audit(photo.sha256):
        return Place(photo.sha256, photo.prediction, Lane.AUDIT, 1.0 - _fraction(photo.sha256), audit=True)
    best, chance = photo.top_k[0] if photo.top_k else ("", 0.0)
    if (
        photo.displayed == BLANK
    ):  # what is left for no animal; a species that it all but rules out is not named
        best, chance = BLANK, max(0.0, 1.0 - sum(share for _, share in photo.top_k))
    if best in threatened:
        lane = Lane.THREATENED
    elif learnt_from.get(best, RARE) < RARE:
        lane = Lane.RARE
    else:
        lane = Lane.UNSURE if chance < SURE else Lane.REST
    value = (1.0 - chance) * IMPACT[lane] * settles
    return Place(photo.sha256, photo.prediction, lane, value, audit=False)


def is_audit(sha256: str) -> bool:
    """Whether a photo was chosen by chance: its hash says so, whatever it shows."""
    return int(sha256[:8], 16) % AUDIT_SHARE == 0


def weave(others: Iterable[Item], audits: Iterable[Item]) -> Iterator[Item]:
    """Yield all items, every tenth an audit as long as there are any."""
    waiting = iter(audits)
    for number, item in enumerate(others, 1):
        yield item
        if number % (AUDIT_SHARE - 1) == 0:
            yield from islice(waiting, 1)
    yield from waiting


def one_an_event(photos: Iterable[Unreviewed], event_of: Mapping[str, int]) -> Iterator[Unreviewed]:
    """Yield photos but those of whose event one came before; `event_of` goes from a photo's hash to its event."""
    seen: set[int] = set()
    for photo in photos:
        event = event_of.get(photo.sha256)
        if event is None or event not in seen:
            yield photo
        if event is not None:
            seen.add(event)


def _fraction(sha256: str) -> float:
    return int(sha256[8:21], 16) / 16**13  # other digits than those that chose it
