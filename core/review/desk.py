"""What lies before somebody who reviews: new photos get their place, the next ones are chosen, acts settle them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice

from core.review.consensus import Consensus, Vote, consensus
from core.review.queue import one_an_event, place, weave
from core.review.retirement import Policy, is_retired
from core.store import (
    EVERYTHING,
    LABELS,
    Events,
    Gold,
    HigherRankReason,
    LabelEvent,
    Lane,
    Ledger,
    Member,
    Place,
    Queue,
    QueueFilter,
    Unreviewed,
)
from core.taxonomy import Taxonomy

AT_ONCE = 10_000
TEST_EVERY = 25  # 4 %, between the 3 and 5 % that are usual
DISPUTED = (
    5.0  # priority of a photo on which people differ: before everything that one person alone can settle
)


@dataclass(frozen=True, slots=True)
class Given:
    """A photo for somebody, with the others of its event in the order of time, itself among them."""

    photo: Unreviewed
    event: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that reviewing needs.

    Attributes:
        threatened: Ids of the species that are vulnerable or worse.
        learnt_from: Number of training photos by species.
        gold: Tests with a known answer; nobody is tested without.
        asks_again: Show people some of their own photos again, blind.
    """

    ledger: Ledger
    queue: Queue
    events: Events
    taxonomy: Taxonomy
    policy: Policy
    threatened: frozenset[str]
    learnt_from: Mapping[str, int]
    gold: Gold | None = None
    asks_again: bool = False

    def place_new(self, *, at: datetime, tell: Callable[[int], None] = lambda placed: None) -> int:
        """Group new photos into events and give them their place; return how many there were.

        Args:
            tell: Is told how many have their place already, if there are so many that it takes long.
        """
        count = 0
        for photos in _chunks(self.queue.unplaced(), AT_ONCE):
            if not count:
                self.events.group_new(self.queue.unplaced_deployments(), at=at)
            sizes = self.events.sizes([photo.sha256 for photo in photos])
            self.queue.place(
                place(
                    photo, threatened=self.threatened, learnt_from=self.learnt_from,
                    settles=sizes.get(photo.sha256, 1),
                )
                for photo in photos
            )  # fmt: skip
            count += len(photos)
            if len(photos) == AT_ONCE:
                tell(count)
        return count

    def next_for(
        self, annotator: str, *, limit: int, at: datetime, wanted: QueueFilter = EVERYTHING
    ) -> list[Given]:
        """Return the next photos, the most valuable first, every tenth by chance, one for an event."""
        found: list[Unreviewed] = []
        for again in (False, True):  # what was put off comes last
            if len(found) < limit:
                ask = partial(self.queue.following, annotator, limit=limit, at=at, wanted=wanted, again=again)
                found += weave(ask(audit=False), ask(audit=True))
        members = self.events.members(photo.sha256 for photo in found)
        event_of = {sha256: event[0].event for sha256, event in members.items()}
        chosen = list(one_an_event(found, event_of))[:limit]
        given = [Given(photo, members.get(photo.sha256, ())) for photo in chosen]
        return list(_with_tests(given, self._tests(annotator, limit // TEST_EVERY)))

    def _tests(self, annotator: str, count: int) -> list[Given]:
        """Return photos to be shown blind: those with a known answer, then the person's own of long ago."""
        if self.gold is None or not count:
            return []
        hashes = dict.fromkeys(self.gold.untried(annotator, count), Lane.GOLD)
        if self.asks_again:
            hashes |= dict.fromkeys(self.gold.own_labels(annotator, count - len(hashes)), Lane.AGAIN)
        photos = self.queue.photos(list(hashes))
        return [
            Given(replace(photos[sha256], lane=lane)) for sha256, lane in hashes.items() if sha256 in photos
        ]

    def settle(self, hashes: Iterable[str]) -> None:
        """Decide of photos that were just labelled whether others must look too, and put disputes first."""
        if self.policy.most == 1:
            return  # the ledger has closed them already
        open_now, disputed = {}, []
        for sha256, standing in self.ledger.standing_of(list(dict.fromkeys(hashes))).items():
            votes = votes_of(standing)
            open_now[sha256] = not is_retired(votes, self.policy, rare=self._is_rare(votes, standing))
            if len({vote.taxon for vote in votes}) > 1 and open_now[sha256]:
                disputed.append(Place(sha256, 0, Lane.DISPUTED, DISPUTED, audit=False))
        self.queue.settle(open_now)
        self.queue.raise_to(disputed)

    def agreed_on(self, sha256: str) -> Consensus:
        """Return what people together take a photo to be."""
        return consensus(votes_of(self.ledger.standing(sha256)), self.taxonomy)

    def _is_rare(self, votes: Sequence[Vote], standing: Sequence[LabelEvent]) -> bool:
        named = {vote.taxon for vote in votes} | {event.shown_taxon for event in standing}
        return bool(named & self.threatened)


def _with_tests(given: Sequence[Given], tests: Sequence[Given]) -> Iterator[Given]:
    """Put one test after every `TEST_EVERY` photos; a photo is not both at once."""
    blind = {test.photo.sha256 for test in tests}
    waiting = iter(tests)
    others = [one for one in given if one.photo.sha256 not in blind]
    for number, one in enumerate(others, 1):
        yield one
        if number % TEST_EVERY == 0:
            yield from islice(waiting, 1)


def votes_of(standing: Iterable[LabelEvent]) -> list[Vote]:
    """Return what each person says now about the main animal, in the order in which they first spoke."""
    newest: dict[str, Vote] = {}
    for event in standing:
        if event.kind in LABELS and not event.blind and event.subject is None:
            ruled_out = event.reason is HigherRankReason.NOT_THE_SUGGESTED
            newest[event.annotator] = Vote(
                event.annotator, event.taxon, event.shown_taxon if ruled_out else None
            )
    return list(newest.values())


def _chunks(photos: Iterable[Unreviewed], size: int) -> Iterable[list[Unreviewed]]:
    chunk: list[Unreviewed] = []
    for photo in photos:
        chunk.append(photo)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
