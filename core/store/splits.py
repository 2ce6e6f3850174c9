"""What is known of photos that decides which of them belong together, and the split that each is in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.store import loop_schema as loop
from core.store import schema as t
from core.store.engine import writing
from core.store.hashes import PhotoHashes
from core.taxonomy import BLANK


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """A photo, and what links it with others.

    Attributes:
        perceptual: See `core.media.perceptual`; `""` if nobody computed it.
        burst: Name of the event that the newest grouping puts it in, `""` if none.
        deployment: Camera and place, `""` if unknown.
        label: Taxon id or `"blank"`; `None` if nobody said anything that stands.
        group, split: Where it was put before; `None` if it was not yet.
    """

    sha256: str
    perceptual: str = ""
    burst: str = ""
    deployment: str = ""
    label: str | None = None
    group: str | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group and its split: `"train"`, `"val"`, `"test"`, or `"none"` for quarantine."""

    key: str
    split: str


class SplitStore:
    """Groups, their splits and their members; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def facts(self) -> list[PhotoFacts]:
        """Return every photo that has a label or a group, by hash."""
        m, g = t.media.c, loop.split_group.c
        rule = sa.select(sa.func.max(t.event_rule.c.id)).scalar_subquery()
        deployment, member = t.capture_deployment, loop.split_member
        query = (
            sa.select(
                m.sha256, t.media_hash.c.perceptual, t.event_media.c.event_id, deployment.c.deployment,
                t.current_label.c.media_id.label("labelled"), t.current_label.c.taxon, g.group_key, g.split,
            )
            .select_from(t.media)
            .outerjoin(t.media_hash, t.media_hash.c.media_id == m.id)
            .outerjoin(t.event_media, (t.event_media.c.media_id == m.id) & (t.event_media.c.rule_id == rule))
            .outerjoin(deployment, deployment.c.id == _newest(deployment))
            .outerjoin(t.current_label, t.current_label.c.media_id == m.id)
            .outerjoin(member, member.c.id == _newest(member))
            .outerjoin(loop.split_group, g.id == member.c.group_id)
            .where(t.current_label.c.media_id.is_not(None) | g.id.is_not(None))
            .order_by(m.sha256)
        )  # fmt: skip
        with self._engine.connect() as connection:
            return [_facts(row) for row in connection.execute(query)]

    def without_hash(self) -> list[str]:
        """Return the labelled photos that have no perceptual hash yet."""
        query = (
            sa.select(t.media.c.sha256)
            .join(t.current_label)
            .outerjoin(t.media_hash, t.media_hash.c.media_id == t.media.c.id)
            .where(t.media_hash.c.media_id.is_(None))
            .order_by(t.media.c.sha256)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def keep_hashes(self, hashes: Iterable[tuple[str, str]]) -> None:
        """Keep perceptual hashes of photos that have none."""
        known = PhotoHashes(self._engine)
        for sha256, perceptual in hashes:
            known.add(sha256, perceptual)

    def record(
        self, groups: Iterable[NewGroup], members: Iterable[tuple[str, str]], *, policy: int, at: datetime
    ) -> None:
        """Append groups, and for photos the group that they are in from now on.

        Args:
            members: Hash of the photo and key of the group.
            policy: Number of the rule that decided.

        Raises:
            StoreError: The database refuses.
        """
        with writing(self._engine) as connection:
            for group in groups:
                connection.execute(
                    loop.split_group.insert().values(
                        group_key=group.key, split=group.split, policy=policy, added_at=at
                    )
                )
            for sha256, key in members:
                connection.execute(
                    loop.split_member.insert().values(
                        media_id=sa.select(t.media.c.id).where(t.media.c.sha256 == sha256).scalar_subquery(),
                        group_id=sa.select(loop.split_group.c.id).where(loop.split_group.c.group_key == key).scalar_subquery(),
                        added_at=at,
                    )
                )  # fmt: skip


def _newest(table: sa.Table) -> sa.ScalarSelect[Any]:
    newest = table.alias()
    return sa.select(sa.func.max(newest.c.id)).where(newest.c.media_id == t.media.c.id).scalar_subquery()


def _facts(row: Any) -> PhotoFacts:
    return PhotoFacts(
        sha256=row.sha256,
        perceptual=row.perceptual or "",
        burst=str(row.event_id or ""),
        deployment=row.deployment or "",
        label=None if row.labelled is None else row.taxon or BLANK,
        group=row.group_key,
        split=row.split,
    )
