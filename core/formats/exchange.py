"""What people say of photos, as it travels between programs; every format of labels is a way to write this down.

A photo is known by its hash or, to programs that keep no hashes, by its name. Positions and camera names stay
at home unless asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from core.place import safe_position
from core.store import LABELS, Box, Details, EventKind, HigherRankReason, PhotoRecord
from core.store.records import NO_DETAILS
from core.taxonomy import BLANK

DIGITS = 6  # of a box's sides (a hundredth of a pixel), of a probability, of degrees (a decimetre)


class Places(StrEnum):
    """How much of where a photo was taken goes into a file."""

    NONE = "none"
    ROUGH = "rough"  # a cell of about 1 km, 55 km for a threatened or unknown species
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class ExchangeLabel:
    """What one person says of one animal in a photo.

    Attributes:
        taxon: Taxon id at any rank; `None` means that there is no animal.
        labelled_at: Aware, in UTC; `None` if the file does not say.
    """

    taxon: str | None
    annotator: str = ""
    labelled_at: datetime | None = None
    reason: HigherRankReason = HigherRankReason.NONE
    details: Details = NO_DETAILS
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a model displayed: a taxon or `None` for no animal, its probability, and the hash of its weights."""

    taxon: str | None
    score: float
    model: str


@dataclass(frozen=True, slots=True)
class ExchangePhoto:
    """One photo and what is said of it.

    Attributes:
        sha256: `""` if the file knows only names.
        width, height: In pixels, 0 if unknown.
        captured_at: Local time in ISO 8601.
        sequence, frame: The burst that it belongs to and its place there, from 0.
        location: The camera; `""` unless places were asked for.
        position: Latitude and longitude in degrees; `None` unless places were asked for.
        person: There is a person in the frame.
        boxes: Where animals are, of whichever label; sides are exact to a millionth.
        labels: The main animal first.
    """

    sha256: str = ""
    file: str = ""
    width: int = 0
    height: int = 0
    captured_at: str | None = None
    sequence: str = ""
    frame: int = 0
    location: str = ""
    position: tuple[float, float] | None = None
    person: bool = False
    boxes: tuple[Box, ...] = ()
    boxes_by: str = ""
    suggestion: Suggestion | None = None
    labels: tuple[ExchangeLabel, ...] = ()

    @property
    def key(self) -> str:
        """What tells this photo from the others of a file."""
        return self.sha256 or self.file

    def with_label(self, label: ExchangeLabel) -> "ExchangePhoto":
        """Return the same photo with one more animal."""
        return replace(self, labels=(*self.labels, label))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds.

    Attributes:
        problems: What cannot be understood, and where; such rows are not among `photos`.
    """

    photos: tuple[ExchangePhoto, ...]
    problems: tuple[str, ...]


def exchange_photo(
    record: PhotoRecord, *, places: Places = Places.NONE, iucn: Mapping[str, str | None] | None = None
) -> ExchangePhoto:
    """Return a photo of the store as it travels.

    Args:
        iucn: Red List category by taxon id, for `Places.ROUGH`; a taxon that is not there counts as threatened.
    """
    main = [act for act in record.acts if act.kind in LABELS and act.subject is None and not act.blind][-1:]
    others = {act.subject: act for act in record.acts if act.kind in LABELS and act.subject and not act.blind}
    drawn = [act for act in record.acts if act.kind is EventKind.BOXES][-1:]
    labels = tuple(
        ExchangeLabel(
            act.taxon, act.annotator.strip(), act.acted_at.astimezone(UTC), act.reason, act.details, act.comment.strip()
        )
        for act in (*main, *others.values())
    )  # fmt: skip
    said = record.suggested
    suggestion = None
    if said is not None and said.displayed is not None:
        taxon = None if said.displayed == BLANK else said.displayed
        suggestion = Suggestion(taxon, round(said.confidence, DIGITS), said.model_sha256)
    return ExchangePhoto(
        sha256=record.sha256, file=record.name.strip(), width=record.width, height=record.height,
        captured_at=record.captured_at, sequence=record.sequence, frame=record.frame,
        location=record.deployment.strip() if places is Places.EXACT else "",
        position=_position(record, labels, places, iucn or {}),
        person=any(act.kind is EventKind.PERSON for act in record.acts),
        boxes=tuple(round_box(box) for act in drawn for box in act.boxes or ()),
        boxes_by=next((act.annotator.strip() for act in drawn if act.boxes), ""),
        suggestion=suggestion, labels=labels,
    )  # fmt: skip


def _position(
    record: PhotoRecord, labels: Sequence[ExchangeLabel], places: Places, iucn: Mapping[str, str | None]
) -> tuple[float, float] | None:
    if places is Places.NONE or record.latitude is None or record.longitude is None:
        return None
    if places is Places.EXACT:
        return round(record.latitude, DIGITS), round(record.longitude, DIGITS)
    taxa = [label.taxon for label in labels if label.taxon] or [""]
    cells = [safe_position(record.latitude, record.longitude, iucn.get(taxon)) for taxon in taxa]
    widest = max(cells, key=lambda cell: cell.cell)
    return widest.latitude, widest.longitude


def round_box(box: Box) -> Box:
    """Return a box as files keep it."""
    return Box(*(round(side, DIGITS) for side in (box.x, box.y, box.w, box.h)))
