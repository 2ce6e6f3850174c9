"""Which photos of the queue somebody wants to see, and how the database is asked for them."""

from dataclasses import dataclass, field

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


def conditions(wanted: QueueFilter, annotator: str) -> list[sa.ColumnElement[bool]]:
    """Return what must hold of the rows of queue, media and prediction; nobody in particular is asking if `annotator` is empty."""
    q, m, p, c = t.queue_entry.c, t.media.c, t.prediction.c, t.current_label.c
    found: list[sa.ColumnElement[bool]] = []
    label = sa.exists().where(c.media_id == q.media_id)
    if wanted.status == "open":
        found.append(q.is_open)
        if annotator:
            found.append(~_is_done(annotator))
    elif wanted.status == "labelled":
        found.append(label)
    elif wanted.status == "contested":
        found.append(sa.exists().where(c.media_id == q.media_id, c.votes < c.voters))
    elif wanted.status in ("flagged", "person"):
        found.append(_marked(EventKind.FLAG if wanted.status == "flagged" else EventKind.PERSON))
    if wanted.displayed is not None:
        found.append(p.displayed.in_(sorted(wanted.displayed)))
    if wanted.lane:
        found.append(q.lane == wanted.lane)
    if wanted.least > 0 or wanted.most < 1:
        found.append(p.confidence.between(wanted.least, wanted.most))
    if wanted.hashes is not None:
        found.append(m.sha256.in_(sorted(wanted.hashes)))
    if wanted.deployment:
        ever = t.capture_deployment.c
        found += [
            q.media_id.in_(sa.select(ever.media_id).where(ever.deployment == wanted.deployment)),
            newest(t.capture_deployment, "deployment") == wanted.deployment,
        ]
    if wanted.taken_from:
        found.append(newest(t.capture_time, "captured_at") >= wanted.taken_from)
    if wanted.taken_to:
        found.append(newest(t.capture_time, "captured_at") < f"{wanted.taken_to}T99")
    if wanted.within:
        south, west, north, east = wanted.within
        found += [
            newest(t.capture_place, "latitude").between(south, north),
            newest(t.capture_place, "longitude").between(west, east),
        ]
    if wanted.model:
        found.append(
            sa.exists().where(
                t.model_version.c.id == p.model_id, t.model_version.c.weights_sha256.startswith(wanted.model)
            )
        )
    if wanted.annotator:
        found.append(sa.exists().where(c.media_id == q.media_id, c.annotator == wanted.annotator))
    return found


def _marked(kind: EventKind) -> sa.ColumnElement[bool]:
    mark = t.current_mark.c
    return sa.exists().where(mark.media_id == t.queue_entry.c.media_id, mark.kind == kind.value)


def _last_act(annotator: str, *which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether somebody's last act that settles or puts off the photo of the outer query's prediction is such a one.

    The photo is that of the prediction, not of the queue's row, so that what is cheap to check of a prediction comes first.
    """
    e, newer = t.label_event.c, t.label_event.alias().c
    who = sa.select(t.annotator.c.id).where(t.annotator.c.name == annotator).scalar_subquery()
    kinds = [kind.value for kind in (*LABELS, EventKind.UNDO, EventKind.SKIP)]
    last = (
        sa.select(sa.func.max(newer.seq))
        # The sum keeps the database from going through all acts of that person: those about the photo are few.
        .where(
            newer.media_id == t.prediction.c.media_id, newer.annotator_id + 0 == who, newer.kind.in_(kinds)
        )
        .correlate(t.prediction)
        .scalar_subquery()
    )
    return sa.exists().where(e.seq == last, *which)


def is_put_off(annotator: str) -> sa.ColumnElement[bool]:
    """Whether somebody has left the photo for later."""
    return _last_act(annotator, t.label_event.c.kind == EventKind.SKIP.value)


def was_put_off(annotator: str) -> sa.ColumnElement[bool]:
    """Whether somebody has ever left the photo for later: few photos, and found without a look at the others."""
    e = t.label_event.c
    who = sa.select(t.annotator.c.id).where(t.annotator.c.name == annotator).scalar_subquery()
    skipped = sa.select(e.media_id).where(e.annotator_id == who, e.kind == EventKind.SKIP.value)
    return t.queue_entry.c.media_id.in_(skipped)


def _is_done(annotator: str) -> sa.ColumnElement[bool]:
    """Whether somebody has said what it is; a second look is another question than the first."""
    e, lane = t.label_event.c, t.queue_entry.c.lane
    return _last_act(
        annotator,
        e.kind.in_([kind.value for kind in LABELS]),
        lane.not_in([one.value for one in SECOND_LOOK]) | (e.lane == lane),
    )
