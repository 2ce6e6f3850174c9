"""Going through all species, politely, and going on where one stopped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import RefreshError
from core.refresh.sources import Reply, Source
from core.store import ExternalRecord, Knowledge, Lookup
from core.taxonomy import Taxon

TRIES = 3
LONGEST_WAIT_S = 120.0
MOST_FAILURES = 3  # in a row; then the network is gone, not the taxon


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What came of it: numbers of taxa and sources, and the names that need a person.

    Attributes:
        fresh: Answered lately and not asked again.
        doubtful: Source and name of each that was not an exact match.
        failed: Source, name and reason of each question that got no answer; ask again later.
    """

    found: int
    unknown: int
    fresh: int
    doubtful: tuple[tuple[str, str], ...]
    failed: tuple[tuple[str, str, str], ...]


def refresh(
    taxa: Sequence[Taxon],
    sources: Iterable[Source],
    knowledge: Knowledge,
    *,
    ids: Mapping[str, Mapping[str, str]],
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    max_age: timedelta,
    on_progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> RefreshReport:
    """Ask each source about each taxon that it was not asked about lately; every answer is kept at once.

    Args:
        ids: By taxon id, what its card knows of other databases' ids.
        max_age: Younger answers count as fresh.
        on_progress: Told the source's name, and how many of how many taxa are done.

    Raises:
        RefreshError: A source cannot be asked at all: three questions in a row got no answer. What was answered is
            kept; the same command goes on there.
    """
    counts = {Lookup.FOUND: 0, Lookup.UNKNOWN: 0, Lookup.DOUBTFUL: 0}
    doubtful: list[tuple[str, str]] = []
    failed: list[tuple[str, str, str]] = []
    fresh = 0
    for source in sources:
        known = knowledge.asked(source.name, since=now() - max_age)
        todo = [taxon for taxon in taxa if taxon.id not in known]
        fresh += len(taxa) - len(todo)
        failures = 0
        for done, taxon in enumerate(todo, 1):
            try:
                reply = _ask(source, taxon, ids.get(taxon.id, {}), sleep)
            except RefreshError as error:
                failed.append((source.name, taxon.scientific_name, str(error)))
                failures += 1
                if failures == MOST_FAILURES:
                    raise RefreshError(
                        f"{error}. Stopped at {taxon.scientific_name}; run the same command again to go on"
                    ) from error
            else:
                failures = 0
                knowledge.add(
                    ExternalRecord(taxon.id, source.name, reply.outcome, dict(reply.payload), now())
                )
                counts[reply.outcome] += 1
                if reply.outcome is Lookup.DOUBTFUL:
                    doubtful.append((source.name, taxon.scientific_name))
            on_progress(source.name, done, len(todo))
            if done < len(todo):
                sleep(source.pause_s)
    return RefreshReport(counts[Lookup.FOUND], counts[Lookup.UNKNOWN], fresh, tuple(doubtful), tuple(failed))


def _ask(source: Source, taxon: Taxon, ids: Mapping[str, str], sleep: Callable[[float], None]) -> Reply:
    """Ask, and wait and ask again where a source says that it is busy."""
    for left in range(TRIES - 1, -1, -1):
        try:
            return source.ask(taxon, ids)
        except RefreshError as error:
            if error.retry_after_s is None or not left:
                raise
            sleep(min(LONGEST_WAIT_S, error.retry_after_s))
    raise AssertionError("unreachable")
