"""Events in the database: photos grouped by camera and gap, under a rule that is kept with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.media.events import DEFAULT_GAP, Shot, group_events
from core.store import schema as t
from core.store.engine import MOST_VALUES, writing

VERSION = 1  # of `group_events`; another way of grouping is another rule


@dataclass(frozen=True, slots=True)
class EventRule:
    """How photos are grouped; see `core.media.events`."""

    id: int
    gap_seconds: int
    version: int


@dataclass(frozen=True, slots=True)
class Member:
    """A photo of an event, `position` counted from 0 in the order of time.

    Attributes:
        taken_at: Local time in ISO 8601.
    """

    event: int
    sha256: str
    position: int
    taken_at: str


class Events:
    """Groups photos into events, and finds the others of an event."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def rule(self) -> EventRule | None:
        """Return the rule in force: the newest; `None` before anything was grouped."""
        with self._engine.connect() as connection:
            row = connection.execute(
                sa.select(t.event_rule).order_by(t.event_rule.c.id.desc()).limit(1)
            ).one_or_none()
        return EventRule(row.id, row.gap_seconds, row.version) if row else None

    def set_gap(self, gap_seconds: int, *, at: datetime) -> EventRule:
        """Let another gap count from now on and group all photos anew; groupings of earlier rules stay."""
        rule = self._add_rule(gap_seconds, at)
        self._group(rule)
        return rule

    def _add_rule(self, gap_seconds: int, at: datetime) -> EventRule:
        with writing(self._engine) as connection:
            connection.execute(
                t.event_rule.insert().values(gap_seconds=gap_seconds, version=VERSION, added_at=at)
            )
        rule = self.rule()
        assert rule is not None
        return rule

    def group_new(self, deployments: Iterable[str], *, at: datetime) -> None:
        """Group some deployments anew, one after the other, so that others may write in between; the first call makes
        the default rule."""
        rule = self.rule()
        if rule is not None and rule.version != VERSION:
            self.set_gap(rule.gap_seconds, at=at)
            return
        rule = rule or self._add_rule(DEFAULT_GAP, at)
        for deployment in deployments:
            self._group(rule, deployment)

    def sizes(self, hashes: Sequence[str]) -> dict[str, int]:
        """Return how many photos the events of photos have under the rule in force, by photo; those without one are left out."""
        rule = self.rule()
        if rule is None:
            return {}
        mine, others, m = t.event_media.alias(), t.event_media.alias(), t.media.c
        query = (
            sa.select(m.sha256, sa.func.count())
            .select_from(t.media)
            .join(mine, (mine.c.media_id == m.id) & (mine.c.rule_id == rule.id))
            .join(others, others.c.event_id == mine.c.event_id)
            .group_by(m.id)
        )
        with self._engine.connect() as connection:
            return {
                sha256: int(count)
                for chunk in _chunks(hashes, MOST_VALUES)
                for sha256, count in connection.execute(query.where(m.sha256.in_(chunk)))
            }

    def members(self, hashes: Iterable[str]) -> dict[str, tuple[Member, ...]]:
        """Return the events of photos under the rule in force, by photo, in the order of time; only those of two or more."""
        rule = self.rule()
        if rule is None:
            return {}
        mine, others, m = t.event_media.alias(), t.event_media.alias(), t.media.c
        asked, named = t.media.alias(), t.media.alias()
        by_event: dict[int, list[Member]] = {}
        wanted: dict[str, int] = {}
        with self._engine.connect() as connection:
            for chunk in _chunks(list(hashes)):
                rows = connection.execute(
                    sa.select(asked.c.sha256.label("asked"), others.c.event_id, others.c.position, m.sha256, _taken())
                    .select_from(asked)
                    .join(mine, (mine.c.media_id == asked.c.id) & (mine.c.rule_id == rule.id))
                    .join(others, others.c.event_id == mine.c.event_id)
                    .join(t.media, m.id == others.c.media_id)
                    # Said of the membership, so that the database does not go through all of the rule.
                    .where(mine.c.media_id.in_(sa.select(named.c.id).where(named.c.sha256.in_(chunk))))
                )  # fmt: skip
                for row in rows:
                    wanted[row.asked] = row.event_id
                    member = Member(row.event_id, row.sha256, row.position, row.taken)
                    by_event.setdefault(row.event_id, []).append(member)
        sorted_events = {
            event: tuple(sorted(set(found), key=lambda one: one.position))
            for event, found in by_event.items()
        }
        return {sha: sorted_events[event] for sha, event in wanted.items() if len(sorted_events[event]) > 1}

    def _group(self, rule: EventRule, deployment: str | None = None) -> None:
        """Write the events of a deployment, or of all, in place of what this rule had there."""
        query = _shots()
        if deployment is not None:
            ever = t.capture_deployment.c  # found by an index, unlike the newest one
            there = sa.select(ever.media_id).where(ever.deployment == deployment)
            query = query.where(t.media.c.id.in_(there), _deployment() == deployment)
        with writing(self._engine) as connection:
            shots = []
            for row in connection.execute(query):
                try:
                    shots.append(Shot(row.id, row.deployment, datetime.fromisoformat(row.taken)))
                except ValueError:  # a time that no clock shows
                    continue
            old = sa.select(t.event.c.id).where(t.event.c.rule_id == rule.id)
            if deployment is not None:
                old = old.where(t.event.c.deployment == deployment)
            connection.execute(t.event_media.delete().where(t.event_media.c.event_id.in_(old)))
            connection.execute(t.event.delete().where(t.event.c.id.in_(old)))
            first = (connection.execute(sa.select(sa.func.max(t.event.c.id))).scalar_one() or 0) + 1
            events = group_events(shots, rule.gap_seconds)
            rows = [
                {
                    "id": number, "rule_id": rule.id, "deployment": event[0].deployment,
                    "starts": event[0].taken_at.isoformat(), "ends": event[-1].taken_at.isoformat(),
                }
                for number, event in enumerate(events, first)
            ]  # fmt: skip
            members = [
                {"rule_id": rule.id, "media_id": shot.key, "event_id": number, "position": position}
                for number, event in enumerate(events, first)
                for position, shot in enumerate(event)
            ]
            if rows:
                connection.execute(t.event.insert(), rows)
                connection.execute(t.event_media.insert(), members)


def newest(table: sa.Table, column: str, *, of: sa.ColumnElement[Any] = t.media.c.id) -> sa.ScalarSelect[Any]:
    """Return what the newest row of a capture table says of the photo of the outer query, whose id is `of`."""
    query = sa.select(table.c[column]).where(table.c.media_id == of)
    return query.order_by(table.c.id.desc()).limit(1).scalar_subquery()


def _taken() -> sa.Label[str]:
    return newest(t.capture_time, "captured_at").label("taken")


def _deployment() -> sa.Function[str]:
    return sa.func.coalesce(newest(t.capture_deployment, "deployment"), "")


def _shots() -> sa.Select[tuple[int, str, str]]:
    """Every photo whose camera and time are known; without a camera any two photos could meet by chance."""
    return sa.select(t.media.c.id, _deployment().label("deployment"), _taken()).where(
        _deployment() != "", newest(t.capture_time, "captured_at").is_not(None)
    )


def _chunks(values: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))
