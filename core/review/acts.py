"""What a browser says that a person did, read with care.

A browser sends every act again until it is acknowledged, so an act carries its own id, and it carries the photo that
was on screen, so that a slow network cannot put it on another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.store import EventKind, HigherRankReason, LabelEvent
from core.taxonomy import Taxonomy

MOST_ACTS = 2_000  # in one message


class ActError(ValueError):
    """An act that makes no sense; the message is for the log, the browser drops it."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act as it was sent; see `core.store.LabelEvent` for the fields."""

    id: UUID
    sha256: str
    kind: EventKind
    taxon: str | None
    reason: HigherRankReason
    shown_prediction: int | None
    shown_taxon: str | None
    displayed_at: datetime | None
    acted_at: datetime
    undoes: UUID | None


def parse_acts(messages: Any, taxonomy: Taxonomy) -> tuple[list[Act], dict[str, str]]:
    """Return the acts of a message in their order, and what is wrong with the others by id."""
    acts: list[Act] = []
    refused: dict[str, str] = {}
    if not isinstance(messages, Sequence) or isinstance(messages, str | bytes):
        return acts, refused
    for message in messages[:MOST_ACTS]:
        try:
            acts.append(_parse(message, taxonomy))
        except ActError as error:
            if isinstance(message, Mapping) and isinstance(message.get("id"), str):
                refused[message["id"]] = str(error)
    return acts, refused


def to_event(act: Act, *, annotator: str, session: str) -> LabelEvent:
    """Return the act as the ledger keeps it."""
    return LabelEvent(
        id=act.id, sha256=act.sha256, kind=act.kind, annotator=annotator, acted_at=act.acted_at, taxon=act.taxon,
        reason=act.reason, shown_prediction=act.shown_prediction, shown_taxon=act.shown_taxon,
        displayed_at=act.displayed_at, session=session, undoes=act.undoes,
    )  # fmt: skip


def _parse(message: Any, taxonomy: Taxonomy) -> Act:
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
        undoes = message.get("undoes")
        if (kind is EventKind.UNDO) != (undoes is not None):
            raise ActError("an undo, and nothing else, names what it takes back")
        prediction = message.get("prediction")
        return Act(
            id=UUID(message["id"]), sha256=_hash(message["sha256"]), kind=kind, taxon=taxon,
            reason=HigherRankReason(message.get("reason", "none")),
            shown_prediction=None if prediction is None else int(prediction), shown_taxon=message.get("shown"),
            displayed_at=_moment(message.get("displayed_at")), acted_at=_required(_moment(message["acted_at"])),
            undoes=None if undoes is None else UUID(undoes),
        )  # fmt: skip
    except ActError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ActError(f"malformed act: {error!r}") from error


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
