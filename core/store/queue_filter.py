"""Which photos of the queue somebody wants to see, and how the database is asked for them."""

from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from core.store import schema as t
from core.store.events import newest
from core.store.records import LABELS, SECOND_LOOK, EventKind


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which photos somebody wants to see; what is not said does not matter.

    Attributes:
        displayed: Answers on screen, taxon ids and `"blank"`.
        taken_from, taken_to: Local dates in ISO 8601, both included.
        within: South, west, north, east in degrees; where the photo must have been taken.
        status: `"open"` (nobody has decided), `"labelled"`, `"contested"`, `"flagged"`, `"person"` or `"all"`.
        annotator: Who has labelled it.
        model: Start of the hash of the model that spoke.
    """

    displayed: frozenset[str] | None = None
    lane: str = ""
    deployment: str = ""
    taken_from: str = ""
    taken_to: str = ""
    within: tuple[float, float, float, float] | None = None
    status: str = "open"
    least: float = 0.0
    most: float = 1.0
    model: str = ""
    annotator: str = ""
    hashes: frozenset[str] | None = field(default=None, repr=False)


EVERYTHING = QueueFilter()
# Answers, each of which is looked for on its own; more are looked for together on the way down the queue.
APART = 40
_NEWER = t.label_event.alias()


def conditions(wanted: QueueFilter, who: int | None = None) -> list[sa.ColumnElement[bool]]:
    """Return what must hold of a row of the queue, beside being open where that is wanted.

    Args:
        who: Id of the annotator who asks, if it is somebody in particular.
    """
    q, c = t.queue_entry.c, t.current_label.c
    found: list[sa.ColumnElement[bool]] = []  # what is quick to check comes first
    if wanted.least > 0:
        found.append(q.confidence >= wanted.least)
    if wanted.most < 1:
        found.append(q.confidence <= wanted.most)
    if wanted.lane:
        found.append(q.lane == wanted.lane)
    if wanted.displayed is not None:
        names = sorted(wanted.displayed)
        # Behind a function, many names are checked on the way; the index is for one.
        found.append(
            sa.func.coalesce(q.displayed, "").in_(names) if len(names) > 1 else q.displayed.in_(names)
        )
    if wanted.model:
        m = t.model_version.c
        found.append(q.model_id.in_(sa.select(m.id).where(m.weights_sha256.startswith(wanted.model))))
    if wanted.annotator:
        found.append(_is_labelled_by(sa.cast(_number(wanted.annotator), sa.Text)))
    if wanted.status == "open" and who is not None:
        found += _is_not_done(who)
    elif wanted.status == "labelled":
        found.append(q.labelled_by != "")
    elif wanted.status == "contested":
        found.append(sa.exists().where(c.media_id == q.media_id, c.votes < c.voters))
    elif wanted.status in ("flagged", "person"):
        found.append(q.media_id.in_(_marked(wanted.status)))
    if wanted.hashes is not None:
        found.append((q.media_id + 0).in_(_named(wanted.hashes)))
    if wanted.deployment:
        found.append(_newest(t.capture_deployment, "deployment") == wanted.deployment)
    if wanted.taken_from:
        found.append(_newest(t.capture_time, "captured_at") >= wanted.taken_from)
    if wanted.taken_to:
        found.append(_newest(t.capture_time, "captured_at") < _end(wanted.taken_to))
    if wanted.within:
        south, west, north, east = wanted.within
        found += [
            _newest(t.capture_place, "latitude").between(south, north),
            _newest(t.capture_place, "longitude").between(west, east),
        ]
    return found


def candidates(wanted: QueueFilter) -> list[sa.Select[tuple[int]]]:
    """Return what finds, by an index, the ids of all photos that can pass, and maybe of others; none if there is no such way."""
    found: list[sa.Select[tuple[int]]] = []
    c, d, time = t.current_label.c, t.capture_deployment.c, t.capture_time.c
    if wanted.status == "contested":
        found.append(sa.select(c.media_id).where(c.votes < c.voters))
    elif wanted.status in ("flagged", "person"):
        found.append(_marked(wanted.status))
    if wanted.hashes is not None:
        found.append(_named(wanted.hashes))
    if wanted.deployment:
        found.append(sa.select(d.media_id).where(d.deployment == wanted.deployment))
    if wanted.taken_from or wanted.taken_to:
        taken = sa.select(time.media_id).where(time.captured_at >= wanted.taken_from)
        found.append(taken.where(time.captured_at < _end(wanted.taken_to)) if wanted.taken_to else taken)
    return found


def apart(wanted: QueueFilter) -> list[QueueFilter]:
    """Return filters that together find the same, each with as few answers as an index of the queue can follow in order."""
    if wanted.displayed is None or not 1 < len(wanted.displayed) <= APART:
        return [wanted]
    return [replace(wanted, displayed=frozenset({name})) for name in sorted(wanted.displayed)]


def _end(day: str) -> str:
    return f"{day}T99"  # later than any time of that day


def _named(hashes: frozenset[str]) -> sa.Select[tuple[int]]:
    # Written out, since a database takes only so many parameters.
    names: sa.BindParameter[list[str]] = sa.bindparam(
        "hashes", sorted(hashes), expanding=True, literal_execute=True
    )
    return sa.select(t.media.c.id.label("media_id")).where(t.media.c.sha256.in_(names))


def _marked(status: str) -> sa.Select[tuple[int]]:
    kind = EventKind.FLAG if status == "flagged" else EventKind.PERSON
    return sa.select(t.current_mark.c.media_id).where(t.current_mark.c.kind == kind.value)


def _newest(table: sa.Table, column: str) -> sa.ScalarSelect[Any]:
    return newest(table, column, of=t.queue_entry.c.media_id)


def _number(annotator: str) -> sa.ColumnElement[int]:
    number = sa.select(t.annotator.c.id).where(t.annotator.c.name == annotator).scalar_subquery()
    return sa.func.coalesce(number, 0)  # nobody's


def _is_labelled_by(number: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return t.queue_entry.c.labelled_by.like(sa.literal("%|") + number + "|%")


def _last_act(who: int, *which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether somebody's last act that settles or puts off the photo of the queue's row is such a one."""
    e, newer = t.label_event.c, _NEWER.c
    kinds = [kind.value for kind in (*LABELS, EventKind.UNDO, EventKind.SKIP)]
    last = (
        sa.select(sa.func.max(newer.seq))
        # The sum keeps the database from going through all acts of that person: those about the photo are few.
        .where(
            newer.media_id == t.queue_entry.c.media_id, newer.annotator_id + 0 == who, newer.kind.in_(kinds)
        )
        .correlate(t.queue_entry)
        .scalar_subquery()
    )
    return sa.exists().where(e.seq == last, *which)


def is_put_off(who: int) -> sa.ColumnElement[bool]:
    """Whether somebody has left the photo for later."""
    return _last_act(who, t.label_event.c.kind == EventKind.SKIP.value)


def skipped_by(who: int) -> sa.Select[tuple[int]]:
    """Return what finds the photos that somebody has ever left for later."""
    e = t.label_event.c
    return sa.select(e.media_id).where(e.annotator_id == who, e.kind == EventKind.SKIP.value)


def _is_not_done(who: int) -> list[sa.ColumnElement[bool]]:
    """What holds of photos of which somebody has not said what it is; a second look is another question than the first."""
    e, q = t.label_event.c, t.queue_entry.c
    is_second = q.lane.in_([one.value for one in SECOND_LOOK])
    answered = _last_act(who, e.kind.in_([kind.value for kind in LABELS]), e.lane == q.lane)
    # The first test is quick and true of nearly all that they have labelled.
    labelled = (q.labelled_by == f"|{who}|") | q.labelled_by.contains(f"|{who}|")
    return [~labelled | is_second, ~is_second | ~answered]
