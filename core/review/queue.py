"""Which photo to look at next: the expected value of a look, and a random audit that is not fooled by it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.store import Unreviewed

AUDIT_SHARE = (
    10  # one photo in ten, chosen by its hash: the only honest estimate of how often the model is right
)
RARE = 10  # training photos, below which a species is hardly known to the model
SURE = 0.9


class Lane(StrEnum):
    """Why a photo is here."""

    THREATENED = "threatened"  # a prediction of a threatened species is always looked at
    RARE = "rare"
    UNSURE = "unsure"
    AUDIT = "audit"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A photo to look at; `value` orders the lanes, the largest first."""

    photo: Unreviewed
    lane: Lane
    value: float


def order_queue(
    photos: Iterable[Unreviewed], *, threatened: frozenset[str], learnt_from: Mapping[str, int]
) -> list[QueueItem]:
    """Return the photos in the order in which looking at them pays, with every tenth place an audit.

    The value of a look is the chance that the model is wrong, times how much that would matter.

    Args:
        threatened: Ids of the species that are vulnerable or worse.
        learnt_from: Number of training photos by species.
    """
    audits, others = [], []
    for photo in photos:
        if is_audit(photo.sha256):
            audits.append(QueueItem(photo, Lane.AUDIT, 0.0))
        else:
            others.append(_valued(photo, threatened, learnt_from))
    audits.sort(key=lambda item: item.photo.sha256)  # in the order of a hash, that is at random
    others.sort(key=lambda item: (-item.value, item.photo.sha256))
    return list(_woven(others, audits))


def is_audit(sha256: str) -> bool:
    """Whether a photo was chosen by chance: its hash says so, whatever it shows."""
    return int(sha256[:8], 16) % AUDIT_SHARE == 0


def _valued(photo: Unreviewed, threatened: frozenset[str], learnt_from: Mapping[str, int]) -> QueueItem:
    best, chance = photo.top_k[0] if photo.top_k else ("", 0.0)
    wrong = 1.0 - chance
    if best in threatened:
        return QueueItem(photo, Lane.THREATENED, 2.0 + wrong)
    if learnt_from.get(best, RARE) < RARE:
        return QueueItem(photo, Lane.RARE, 1.0 + wrong)
    return QueueItem(photo, Lane.UNSURE if chance < SURE else Lane.REST, wrong)


def _woven(others: list[QueueItem], audits: list[QueueItem]) -> Iterable[QueueItem]:
    waiting = iter(audits)
    for place, item in enumerate(others, 1):
        yield item
        if place % (AUDIT_SHARE - 1) == 0 and (audit := next(waiting, None)) is not None:
            yield audit
    yield from waiting
