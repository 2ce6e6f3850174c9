"""What models learnt from, frozen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as hash_of
from typing import Any

import sqlalchemy as sa

from core.store import loop_schema as loop
from core.store import schema as t
from core.store.engine import MOST_VALUES, writing
from core.store.ledger import Ledger, newest_of
from core.store.records import LABELS, EventKind
from core.store.trained_models import TrainedModel, TrainedModels

LEAST_HASH = 6  # digits of a hash that may stand for all


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """A label that stands, and what decides whether a model may learn from it.

    Attributes:
        event: Id of the act that is the label.
        taxon: `None` for no animal.
        votes, voters: How many people say so, of how many who said anything.
        certainty: What the person said of it, `None` if nothing.
        bulk: Given to photos of several events in one act.
        person: A person is in the frame.
        several: Another animal of another taxon is in the photo.
    """

    sha256: str
    event: str
    taxon: str | None
    votes: int
    voters: int
    certainty: str | None = None
    bulk: bool = False
    person: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One photo of a dataset: `left_out` says why it was not used, `None` if it was."""

    sha256: str
    event: str
    taxon: str | None
    split: str
    weight: float
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What one dataset did with one photo, and the models that came out of it."""

    manifest: str
    row: ManifestRow
    frozen_at: datetime
    models: tuple[TrainedModel, ...]


class DatasetStore:
    """Labels as a dataset sees them, and datasets; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def labels(self) -> tuple[list[LabelFacts], int]:
        """Return all labels that stand, by hash, and how far the ledger was read (its largest `seq`)."""
        e, c = t.label_event.c, t.current_label.c
        person = sa.exists().where(
            t.current_mark.c.media_id == c.media_id, t.current_mark.c.kind == EventKind.PERSON.value
        )
        query = (
            sa.select(t.media.c.sha256, t.current_label, e.certainty, e.action, person.label("person"))
            .select_from(t.current_label)
            .join(t.media)
            .join(t.label_event, e.id == c.event_id)
            .order_by(t.media.c.sha256)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
            last = connection.execute(sa.select(sa.func.max(e.seq))).scalar_one() or 0
            bulk = self._bulk_actions(connection)
            crowded = connection.execute(
                sa.select(t.media.c.sha256).join(t.label_event).where(e.subject.is_not(None)).distinct()
            ).scalars().all()  # fmt: skip
        others = {sha256: self._further_taxa(sha256) for sha256 in crowded}
        return [
            LabelFacts(
                r.sha256, r.event_id, r.taxon, r.votes, r.voters, r.certainty, r.action in bulk, bool(r.person),
                bool(others.get(r.sha256, set()) - {r.taxon}),
            )
            for r in rows
        ], int(last)  # fmt: skip

    def position(self) -> tuple[int, int]:
        """Return two numbers that change whenever somebody says something, or a photo gets a split."""
        last = (
            sa.select(sa.func.coalesce(sa.func.max(t.label_event.c.seq), 0)).scalar_subquery(),
            sa.select(sa.func.coalesce(sa.func.max(loop.split_member.c.id), 0)).scalar_subquery(),
        )
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(*last)).one()
        return int(row[0]), int(row[1])

    def newest_unlabelled(self, most: int) -> list[str]:
        """Return the photos that a model has looked at and nobody has labelled, the newest first."""
        m = t.media.c
        query = (
            sa.select(m.sha256)
            .where(
                sa.exists().where(t.prediction.c.media_id == m.id),
                ~sa.exists().where(t.current_label.c.media_id == m.id),
            )
            .order_by(m.id.desc())
            .limit(most)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def names(self, hashes: Sequence[str]) -> dict[str, str]:
        """Return the name that each of these photos came with last."""
        m, source = t.media.c, t.media_source
        query = (
            sa.select(m.sha256, source.c.original_name)
            .select_from(t.media)
            .join(source, source.c.id == newest_of(source))
        )
        with self._engine.connect() as connection:
            return {
                row.sha256: row.original_name
                for start in range(0, len(hashes), MOST_VALUES)
                for row in connection.execute(query.where(m.sha256.in_(hashes[start : start + MOST_VALUES])))
            }

    def _bulk_actions(self, connection: sa.Connection) -> set[str]:
        """Return the acts that labelled photos of more than one event."""
        e, m = t.label_event.c, t.event_media.c
        rule = sa.select(sa.func.max(t.event_rule.c.id)).scalar_subquery()
        place = sa.func.coalesce(m.event_id, -e.media_id)
        query = (
            sa.select(e.action)
            .outerjoin(t.event_media, (m.media_id == e.media_id) & (m.rule_id == rule))
            .where(e.action.is_not(None), e.kind.in_([kind.value for kind in LABELS]))
            .group_by(e.action)
            .having(sa.func.count(sa.distinct(place)) > 1)
        )
        return set(connection.execute(query).scalars())

    def _further_taxa(self, sha256: str) -> set[str | None]:
        standing = Ledger(self._engine).standing(sha256)
        return {act.taxon for act in standing if act.subject is not None and act.kind in LABELS}

    def freeze(
        self, rows: Sequence[ManifestRow], *, last_seq: int, taxonomy_sha256: str, at: datetime
    ) -> str:
        """Keep a dataset and return its hash; the same rows at the same position are kept once.

        Raises:
            StoreError: The database refuses; nothing is kept then.
        """
        digest = manifest_sha256(rows, last_seq=last_seq, taxonomy_sha256=taxonomy_sha256)
        d = loop.dataset_manifest
        with writing(self._engine) as connection:
            if connection.execute(sa.select(d.c.id).where(d.c.sha256 == digest)).first():
                return digest
            number = connection.execute(
                d.insert().values(
                    sha256=digest, last_seq=last_seq, taxonomy_sha256=taxonomy_sha256, added_at=at
                )
            ).inserted_primary_key[0]  # type: ignore[index]
            ids = {
                row.sha256: row.id for row in connection.execute(sa.select(t.media.c.sha256, t.media.c.id))
            }
            if rows:
                connection.execute(
                    loop.manifest_row.insert(),
                    [
                        {
                            "manifest_id": number, "media_id": ids[row.sha256], "event_id": row.event,
                            "taxon": row.taxon, "split": row.split, "weight": row.weight, "left_out": row.left_out,
                        }
                        for row in rows
                    ],
                )  # fmt: skip
        return digest

    def rows(self, manifest: str) -> list[ManifestRow]:
        """Return the rows of a dataset, by hash."""
        d, r = loop.dataset_manifest.c, loop.manifest_row.c
        query = (
            sa.select(t.media.c.sha256, loop.manifest_row)
            .select_from(loop.manifest_row)
            .join(t.media)
            .join(loop.dataset_manifest, d.id == r.manifest_id)
            .where(d.sha256 == manifest)
            .order_by(t.media.c.sha256)
        )
        with self._engine.connect() as connection:
            return [_row(row) for row in connection.execute(query)]

    def provenance(self, sha256: str) -> list[Use]:
        """Return what every dataset did with a photo, oldest first."""
        d, r = loop.dataset_manifest.c, loop.manifest_row.c
        query = (
            sa.select(t.media.c.sha256, loop.manifest_row, d.sha256.label("manifest"), d.added_at)
            .select_from(loop.manifest_row)
            .join(t.media)
            .join(loop.dataset_manifest, d.id == r.manifest_id)
            .where(t.media.c.sha256 == sha256)
            .order_by(r.id)
        )
        made = TrainedModels(self._engine).all()
        with self._engine.connect() as connection:
            return [
                Use(
                    row.manifest,
                    _row(row),
                    row.added_at,
                    tuple(m for m in made if m.manifest == row.manifest),
                )
                for row in connection.execute(query)
            ]

    def photos_beginning(self, start: str) -> list[str]:
        """Return the hashes of photos that begin so; of an odd text, none."""
        if len(start) < LEAST_HASH or set(start) - set("0123456789abcdef"):
            return []
        with self._engine.connect() as connection:
            query = sa.select(t.media.c.sha256).where(t.media.c.sha256.startswith(start))
            return list(connection.execute(query).scalars())


def manifest_sha256(rows: Sequence[ManifestRow], *, last_seq: int, taxonomy_sha256: str) -> str:
    """Return the hash of a dataset: of all that decides what is learnt from it, in the order of the photos' hashes."""
    record = [
        [r.sha256, r.event, r.taxon, r.split, r.weight, r.left_out]
        for r in sorted(rows, key=lambda r: r.sha256)
    ]
    return hash_of(json.dumps([last_seq, taxonomy_sha256, record]).encode()).hexdigest()


def _row(row: Any) -> ManifestRow:
    return ManifestRow(row.sha256, row.event_id, row.taxon, row.split, row.weight, row.left_out)
