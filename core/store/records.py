"""What goes into the store and comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class EventKind(StrEnum):
    """What a person did. An `UNDO` takes back one earlier event, which may itself be an undo."""

    ASSERT = "assert"  # it is this taxon, not (only) what was shown
    CONFIRM = "confirm"  # it is what was shown
    NOT_ANIMAL = "not_animal"  # there is no animal
    UNDO = "undo"
    SKIP = "skip"  # looked at, and left for later
    FLAG = "flag"  # somebody should look at this
    PERSON = "person"  # there is a person in the frame
    NOTE = "note"  # a comment and nothing else
    BOXES = "boxes"  # where the animals are: replaces all boxes drawn before


LABELS = frozenset({EventKind.ASSERT, EventKind.CONFIRM, EventKind.NOT_ANIMAL})
MARKS = frozenset({EventKind.FLAG, EventKind.PERSON})


class Lane(StrEnum):
    """Why a photo is in front of somebody."""

    THREATENED = "threatened"  # a prediction of a threatened species is always looked at
    RARE = "rare"
    UNSURE = "unsure"
    AUDIT = "audit"
    REST = "rest"
    CONTRADICTED = "contradicted"  # from here on: labelled photos, for a second look
    SUSPECT = "suspect"
    DISPUTED = "disputed"
    NEIGHBOURS = "neighbours"
    FLIPPED = "flipped"
    GOLD = "gold"  # blind: the answer is known
    AGAIN = "again"  # blind: the same person has said before
    IMPORT = "import"


SECOND_LOOK = frozenset({Lane.CONTRADICTED, Lane.SUSPECT, Lane.DISPUTED, Lane.NEIGHBOURS, Lane.FLIPPED})


class Certainty(StrEnum):
    """How sure a person says to be."""

    SURE = "sure"
    PROBABLE = "probable"
    GUESS = "guess"


class Sex(StrEnum):
    """The vocabulary of Camtrap DP 1.0."""

    FEMALE = "female"
    MALE = "male"


class LifeStage(StrEnum):
    """The vocabulary of Camtrap DP 1.0."""

    ADULT = "adult"
    SUBADULT = "subadult"
    JUVENILE = "juvenile"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in shares of the photo's width and height: its left upper corner and its size, within [0, 1]."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Details:
    """What a person says of the animal beside its taxon; `None` and `""` where nothing was said.

    Attributes:
        count: Animals of this taxon in the photo, at least one.
        behaviour: In words; several are separated by `|` (Camtrap DP).
        individual: A name or number by which the animal is known.
    """

    certainty: Certainty | None = None
    count: int | None = None
    sex: Sex | None = None
    life_stage: LifeStage | None = None
    behaviour: str = ""
    individual: str = ""


NO_DETAILS = Details()


class HigherRankReason(StrEnum):
    """Why a label stops above species (the two mean opposite things: iNaturalist issue 2301)."""

    NONE = "none"
    CANNOT_GO_FINER = "cannot_go_finer"  # the species may well be the suggested one
    NOT_THE_SUGGESTED = "not_the_suggested"  # this group, but not the suggested species


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """One act of one person about one photo; never changed once stored.

    Attributes:
        id: Made by the client before sending, so that a resent act is stored once.
        taxon: Taxon id at any rank; `None` for `NOT_ANIMAL` and `UNDO`.
        shown_prediction: The prediction on screen at that moment, if any.
        shown_taxon: The answer on screen: a taxon id, `"blank"`, or `None` for no answer.
        undoes: The event taken back by an `UNDO`.
        displayed_at, acted_at: By the client's clock, aware; `displayed_at` may be unknown.
        action: Shared by all events of one act on many photos.
        lane: Why the photo was on screen, see `core.review.Lane`; `None` outside of reviewing.
        blind: Nothing was suggested and the answer was known: a test of the person, which never decides the label.
        subject: Which further animal in the photo this is about; `None` for the main one.
        boxes: All boxes of the photo from now on, for `BOXES`, else `None`.
    """

    id: UUID
    sha256: str
    kind: EventKind
    annotator: str
    acted_at: datetime
    taxon: str | None = None
    reason: HigherRankReason = HigherRankReason.NONE
    shown_prediction: int | None = None
    shown_taxon: str | None = None
    displayed_at: datetime | None = None
    session: str = ""
    comment: str = ""
    undoes: UUID | None = None
    action: UUID | None = None
    lane: str | None = None
    blind: bool = False
    subject: UUID | None = None
    details: Details = NO_DETAILS
    boxes: tuple[Box, ...] | None = None


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model spoke: the hash of its weights decides, the rest is for reading."""

    weights_sha256: str
    name: str
    version: str
    architecture: str
    taxonomy_sha256: str
    temperature: float


@dataclass(frozen=True, slots=True)
class StoredPrediction:
    """A prediction as it was made and as it was displayed.

    Attributes:
        top_k: Raw best species as (taxon id, calibrated probability), best first.
        displayed: The answer: a taxon id, `"blank"`, or `None` when unsure.
    """

    id: int
    sha256: str
    model_sha256: str
    outcome: str
    displayed: str | None
    confidence: float
    target: float
    blank: float
    top_k: tuple[tuple[str, float], ...]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class CurrentLabel:
    """What a photo is taken to be now: the newest act that nobody took back.

    Attributes:
        taxon: `None` means no animal.
        votes: Annotators whose own newest standing act says the same.
        voters: Annotators with a standing act.
    """

    sha256: str
    taxon: str | None
    event: UUID
    annotator: str
    votes: int
    voters: int
    seq: int


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One labelled photo as a training run reads it."""

    sha256: str
    original_name: str
    label: CurrentLabel
    reason: HigherRankReason
    captured_at: str | None
    latitude: float | None
    longitude: float | None
    labelled_at: datetime
    shown_taxon: str | None
    model_sha256: str | None


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """When and where a photo was taken, and who says so: `"exif"` or an annotator's name."""

    captured_at: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    source: str = "exif"
