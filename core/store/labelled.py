"""Photos with all that people say of them now, to hand on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.store import schema as t
from core.store.fold import Act, fold
from core.store.ledger import act_of, event_of, newest_of
from core.store.records import LabelEvent

MANY = 500  # photos whose rows are read together


@dataclass(frozen=True, slots=True)
class Suggested:
    """The newest answer of a model: what it displayed (a taxon id, `"blank"`, `None`), how sure, its weights' hash."""

    displayed: str | None
    confidence: float
    model_sha256: str


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """One photo with the acts about it that nobody took back.

    Attributes:
        acts: Oldest first, without undos; none if nobody has said anything.
        deployment: Which camera at which place took it; `""` if unknown.
        sequence: The photo's event in the newest grouping, `""` if it was never grouped.
        frame: Its place in that event, from 0.
    """

    sha256: str
    name: str
    width: int
    height: int
    captured_at: str | None
    latitude: float | None
    longitude: float | None
    deployment: str
    sequence: str
    frame: int
    suggested: Suggested | None
    acts: tuple[LabelEvent, ...]


class LabelledPhotos:
    """What there is to export, and what an import has to find."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def all(self, *, unlabelled: bool = False) -> Iterator[PhotoRecord]:
        """Yield photos by hash; those about which nobody has said anything only if asked for."""
        m, e = t.media.c, t.label_event.c
        query = sa.select(m.id).order_by(m.sha256)
        if not unlabelled:
            query = query.where(sa.exists().where(e.media_id == m.id))
        with self._engine.connect() as connection:
            ids = list(connection.execute(query).scalars())
            for start in range(0, len(ids), MANY):
                yield from _records(connection, ids[start : start + MANY])

    def hashes_by_name(self) -> Mapping[str, frozenset[str]]:
        """Return the photos that came with each name."""
        query = sa.select(t.media_source.c.original_name, t.media.c.sha256).join(t.media)
        found: dict[str, set[str]] = {}
        with self._engine.connect() as connection:
            for name, sha256 in connection.execute(query):
                found.setdefault(name, set()).add(sha256)
        return {name: frozenset(hashes) for name, hashes in found.items()}

    def hashes(self) -> frozenset[str]:
        """Return all photos."""
        with self._engine.connect() as connection:
            return frozenset(connection.execute(sa.select(t.media.c.sha256)).scalars())

    def of_action(self, action: UUID) -> list[LabelEvent]:
        """Return what one act on many photos said, in its order, without what was taken back since."""
        e = t.label_event.c
        query = (
            sa.select(t.label_event, t.annotator.c.name, t.media.c.sha256)
            .join(t.annotator).join(t.media, t.media.c.id == e.media_id)
            .where(e.media_id.in_(sa.select(e.media_id).where(e.action == str(action))))
            .order_by(t.media.c.sha256, e.seq)
        )  # fmt: skip
        with self._engine.connect() as connection:
            acts = [act for rows in _standing(connection, query).values() for act in rows]
        return [act for act in acts if act.action == action]


def _records(connection: sa.Connection, ids: list[int]) -> Iterator[PhotoRecord]:
    m, e, p = t.media.c, t.label_event.c, t.prediction.c
    source, time, place, camera = t.media_source, t.capture_time, t.capture_place, t.capture_deployment
    rule = sa.select(sa.func.max(t.event_rule.c.id)).scalar_subquery()
    grouped = t.event_media
    facts = (
        sa.select(
            m.sha256, m.width, m.height, source.c.original_name, time.c.captured_at, place.c.latitude,
            place.c.longitude, camera.c.deployment, grouped.c.event_id, grouped.c.position,
            p.id.label("prediction"), p.displayed, p.confidence, t.model_version.c.weights_sha256,
        )
        .select_from(t.media)
        .outerjoin(source, source.c.id == newest_of(source))
        .outerjoin(time, time.c.id == newest_of(time))
        .outerjoin(place, place.c.id == newest_of(place))
        .outerjoin(camera, camera.c.id == newest_of(camera))
        .outerjoin(grouped, (grouped.c.media_id == m.id) & (grouped.c.rule_id == rule))
        .outerjoin(t.prediction, p.id == newest_of(t.prediction))
        .outerjoin(t.model_version, t.model_version.c.id == p.model_id)
        .where(m.id.in_(ids)).order_by(m.sha256)
    )  # fmt: skip
    acts = _standing(
        connection,
        sa.select(t.label_event, t.annotator.c.name, m.sha256)
        .join(t.annotator).join(t.media, m.id == e.media_id)
        .where(e.media_id.in_(ids)).order_by(m.sha256, e.seq),
    )  # fmt: skip
    for row in connection.execute(facts).all():
        yield PhotoRecord(
            sha256=row.sha256, name=row.original_name or "", width=row.width, height=row.height,
            captured_at=row.captured_at, latitude=row.latitude, longitude=row.longitude,
            deployment=row.deployment or "", sequence="" if row.event_id is None else str(row.event_id),
            frame=row.position or 0,
            suggested=None if row.prediction is None
            else Suggested(row.displayed, row.confidence, row.weights_sha256),
            acts=acts.get(row.sha256, ()),
        )  # fmt: skip


def _standing(connection: sa.Connection, query: sa.Select[Any]) -> dict[str, tuple[LabelEvent, ...]]:
    """Return the standing acts of a query over label events, by photo."""
    found = {}
    for sha256, rows in groupby(connection.execute(query).all(), key=lambda row: row.sha256):
        events = [event_of(row, sha256) for row in rows]
        acts: list[Act] = [act_of(seq, event) for seq, event in enumerate(events)]
        kept = fold(acts).standing
        found[sha256] = tuple(event for event in events if str(event.id) in kept)
    return found
