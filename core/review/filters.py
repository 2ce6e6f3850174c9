"""A filter of the queue as people write it: words of an address, such as `taxon=felidae&least=0.5`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from urllib.parse import urlencode

from core.errors import FormatError
from core.store import QueueFilter
from core.taxonomy import BLANK, Rank, Taxonomy

STATUSES = ("open", "labelled", "contested", "flagged", "person", "all")


@dataclass(frozen=True, slots=True)
class FilterWords:
    """What can be asked for, each as text; `""` leaves it open.

    Attributes:
        taxon: The model says this taxon or something below it; `"blank"` for no animal.
        rank: The rank of what the model says.
        country: ISO 3166 alpha-3 code of where the photo was taken.
        first, last: Local dates, `YYYY-MM-DD`, both included.
        least, most: Confidence of what the model says, in percent.
    """

    taxon: str = ""
    rank: str = ""
    country: str = ""
    first: str = ""
    last: str = ""
    deployment: str = ""
    lane: str = ""
    status: str = ""
    model: str = ""
    annotator: str = ""
    least: str = ""
    most: str = ""

    def query(self) -> str:
        """Return the words of an address, without those that are left open."""
        return urlencode({name: text for name, text in asdict(self).items() if text})


NAMES = tuple(field.name for field in fields(FilterWords))


def read_words(params: Mapping[str, str]) -> FilterWords:
    """Read the words of an address; others are not ours and are left alone."""
    return FilterWords(**{name: str(params[name]).strip() for name in NAMES if params.get(name)})


def resolve(words: FilterWords, taxonomy: Taxonomy, taken_in: Callable[[str], frozenset[str]]) -> QueueFilter:
    """Return what the queue is asked for.

    Args:
        taken_in: From a country to the hashes of photos taken there.

    Raises:
        FormatError: A word means nothing: an unknown taxon, rank or status, no date, no number.
    """
    if words.status and words.status not in STATUSES:
        raise FormatError(f"status is one of {', '.join(STATUSES)}, not {words.status!r}")
    return QueueFilter(
        displayed=_displayed(words, taxonomy), lane=words.lane, deployment=words.deployment,
        taken_from=_day(words.first), taken_to=_day(words.last), status=words.status or "open",
        least=_share(words.least, 0.0), most=_share(words.most, 1.0), model=words.model, annotator=words.annotator,
        hashes=taken_in(words.country) if words.country else None,
    )  # fmt: skip


def _displayed(words: FilterWords, taxonomy: Taxonomy) -> frozenset[str] | None:
    if words.taxon == BLANK:
        return frozenset({BLANK})
    if not words.taxon and not words.rank:
        return None
    if words.taxon and words.taxon not in taxonomy:
        raise FormatError(f"nobody here knows the taxon {words.taxon!r}")
    try:
        rank = Rank.parse(words.rank) if words.rank else None
    except ValueError as error:
        raise FormatError(str(error)) from error
    return frozenset(
        taxon.id
        for taxon in taxonomy.order
        if (rank is None or taxon.rank is rank)
        and (not words.taxon or words.taxon in {above.id for above in taxonomy.lineage(taxon.id)})
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise FormatError(f"{text!r} is no date like 2026-05-01") from error


def _share(text: str, default: float) -> float:
    try:
        share = float(text) / 100 if text else default
    except ValueError as error:
        raise FormatError(f"{text!r} is no number of percent") from error
    if not 0 <= share <= 1:
        raise FormatError(f"a percentage lies between 0 and 100, not at {text}")
    return share
