"""What a browser says that a person did, read with care.

A browser sends every act again until it is acknowledged, so an act carries its own id, and it carries the photo that
was on screen, so that a slow network cannot put it on another one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.store import Box, Certainty, Details, EventKind, HigherRankReason, LabelEvent, LifeStage, Sex
from core.taxonomy import Taxonomy

MOST_ACTS = 2_000  # in one message
MOST_BOXES, MOST_ANIMALS = 200, 100_000
MOST_TEXT, MOST_LANE = 2_000, 16  # characters
EDGE = 1e-6  # by which sums of shares may miss the edge of a photo


class ActError(ValueError):
    """An act that makes no sense; the message is for the log, the browser drops it."""


def parse_acts(
    messages: Any, taxonomy: Taxonomy, *, annotator: str, session: str
) -> tuple[list[LabelEvent], dict[str, str]]:
    """Return the acts of a message in their order, as the ledger keeps them, and what is wrong with the others by id."""
    acts: list[LabelEvent] = []
    refused: dict[str, str] = {}
    if not isinstance(messages, Sequence) or isinstance(messages, str | bytes):
        return acts, refused
    for message in messages[:MOST_ACTS]:
        try:
            acts.append(_parse(message, taxonomy, annotator, session))
        except ActError as error:
            if isinstance(message, Mapping) and isinstance(message.get("id"), str):
                refused[message["id"]] = str(error)
    return acts, refused


def _parse(message: Any, taxonomy: Taxonomy, annotator: str, session: str) -> LabelEvent:
    if not isinstance(message, Mapping):
        raise ActError("an act is an object")
    try:
        kind = EventKind(message["kind"])
        taxon = message.get("taxon")
        if kind in (EventKind.ASSERT, EventKind.CONFIRM):
            if taxon not in taxonomy:
                raise ActError(f"unknown taxon {taxon!r}")
        elif taxon is not None:
            raise ActError(f"an act of kind {kind.value} names no taxon")
        undoes = _uuid(message.get("undoes"))
        if (kind is EventKind.UNDO) != (undoes is not None):
            raise ActError("an undo, and nothing else, names what it takes back")
        prediction = message.get("prediction")
        return LabelEvent(
            id=UUID(message["id"]), sha256=_hash(message["sha256"]), kind=kind, annotator=annotator,
            acted_at=_required(_moment(message["acted_at"])), taxon=taxon,
            reason=HigherRankReason(message.get("reason", "none")),
            shown_prediction=None if prediction is None else int(prediction), shown_taxon=message.get("shown"),
            displayed_at=_moment(message.get("displayed_at")), session=session, comment=_text(message, "comment"),
            undoes=undoes, action=_uuid(message.get("action")), lane=_text(message, "lane")[:MOST_LANE] or None,
            blind=message.get("blind") is True, subject=_uuid(message.get("subject")), details=_details(message),
            boxes=_boxes(message.get("boxes")) if kind is EventKind.BOXES else None,
        )  # fmt: skip
    except ActError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ActError(f"malformed act: {error!r}") from error


def _details(message: Mapping[str, Any]) -> Details:
    certainty, sex, stage = (message.get(name) for name in ("certainty", "sex", "life_stage"))
    count = message.get("count")
    if count is not None and not (isinstance(count, int) and 1 <= count <= MOST_ANIMALS):
        raise ActError(f"a count is a whole number from 1 to {MOST_ANIMALS}, not {count!r}")
    return Details(
        certainty=Certainty(certainty) if certainty else None,
        count=count,
        sex=Sex(sex) if sex else None,
        life_stage=LifeStage(stage) if stage else None,
        behaviour=_text(message, "behaviour"),
        individual=_text(message, "individual"),
    )


def _boxes(given: Any) -> tuple[Box, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > MOST_BOXES:
        raise ActError(f"boxes are a list of at most {MOST_BOXES}")
    boxes = tuple(Box(*(float(box[side]) for side in "xywh")) for box in given)
    for box in boxes:
        inside = (
            0 <= box.x <= 1 and 0 <= box.y <= 1 and box.x + box.w <= 1 + EDGE and box.y + box.h <= 1 + EDGE
        )
        if not (inside and box.w > 0 and box.h > 0):
            raise ActError(f"{box} does not lie in the photo")
    return boxes


def _text(message: Mapping[str, Any], name: str) -> str:
    text = message.get(name) or ""
    if not isinstance(text, str):
        raise ActError(f"{name} is a text")
    return text.strip()[:MOST_TEXT]


def _uuid(text: Any) -> UUID | None:
    return None if text is None else UUID(text)


def _hash(text: Any) -> str:
    if not isinstance(text, str) or len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise ActError("not a photo's hash")
    return text


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ActError("a time needs a zone")
    return moment


def _required(moment: datetime | None) -> datetime:
    if moment is None:
        raise ActError("an act needs its time")
    return moment
