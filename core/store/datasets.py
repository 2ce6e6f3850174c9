"""What models learnt from, frozen: manifests, the models that came out of them, and what they changed their mind on."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as hash_of
from typing import Any

import sqlalchemy as sa

from core.store import loop_schema as loop
from core.store import schema as t
from core.store.engine import writing
from core.store.ledger import Ledger
from core.store.records import LABELS, EventKind

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
class TrainedModel:
    """A model that came out of a dataset; `report` is what the gate found."""

    id: int
    manifest: str
    name: str
    weights_sha256: str
    parent_sha256: str
    passes: bool
    report: Mapping[str, Any]
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """What one dataset did with one photo, and the models that came out of it."""

    manifest: str
    row: ManifestRow
    frozen_at: datetime
    models: tuple[TrainedModel, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """A photo of which a new model says something else; `None` is no answer, `"blank"` no animal."""

    sha256: str
    old_taxon: str | None
    new_taxon: str | None


class DatasetStore:
    """Manifests and the models made of them; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def labels(self) -> tuple[list[LabelFacts], int]:
        """Return all labels that stand, by hash, and how far the ledger was read (its largest `seq`)."""
        e, c = t.label_event.c, t.current_label.c
        person = sa.exists().where(
            t.current_mark.c.media_id == c.media_id, t.current_mark.c.kind == EventKind.PERSON.value
        )
        query = (
            sa.select(t.media.c.sha256, c, e.certainty, e.action, person.label("person"))
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

    def add_model(
        self,
        manifest: str,
        *,
        name: str,
        weights_sha256: str,
        parent_sha256: str,
        passes: bool,
        report: Mapping[str, Any],
        at: datetime,
    ) -> int:
        """Keep which model came out of a dataset and what the gate found; returns its number."""
        d = loop.dataset_manifest.c
        with writing(self._engine) as connection:
            number = connection.execute(
                loop.trained_model.insert().values(
                    manifest_id=sa.select(d.id).where(d.sha256 == manifest).scalar_subquery(), name=name,
                    weights_sha256=weights_sha256, parent_sha256=parent_sha256, passes=passes,
                    report=dict(report), added_at=at,
                )
            ).inserted_primary_key[0]  # type: ignore[index]  # fmt: skip
        return int(number)

    def models(self) -> list[TrainedModel]:
        """Return all models that came out of datasets, oldest first."""
        m, d = loop.trained_model, loop.dataset_manifest.c
        query = sa.select(m, d.sha256).join(loop.dataset_manifest).order_by(m.c.id)
        with self._engine.connect() as connection:
            return [
                TrainedModel(
                    r.id, r.sha256, r.name, r.weights_sha256, r.parent_sha256, r.passes, r.report, r.added_at
                )
                for r in connection.execute(query)
            ]

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
        made = self.models()
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

    def add_flips(self, old_model: str, new_model: str, flips: Iterable[Flip], *, at: datetime) -> None:
        """Keep the photos on which two models (hashes of weights) differ; known ones stay as they are."""
        f = loop.flip.c
        with writing(self._engine) as connection:
            known = set(
                connection.execute(
                    sa.select(t.media.c.sha256)
                    .join(loop.flip)
                    .where(f.old_model == old_model, f.new_model == new_model)
                ).scalars()
            )
            for one in flips:
                if one.sha256 not in known:
                    connection.execute(
                        loop.flip.insert().values(
                            media_id=sa.select(t.media.c.id).where(t.media.c.sha256 == one.sha256).scalar_subquery(),
                            old_model=old_model, new_model=new_model, old_taxon=one.old_taxon,
                            new_taxon=one.new_taxon, added_at=at,
                        )
                    )  # fmt: skip

    def flips(self, new_model: str) -> list[Flip]:
        """Return the photos on which a model differs from the one that it came from."""
        f = loop.flip.c
        query = (
            sa.select(t.media.c.sha256, f.old_taxon, f.new_taxon)
            .join(loop.flip)
            .where(f.new_model == new_model)
            .order_by(f.id)
        )
        with self._engine.connect() as connection:
            return [Flip(row.sha256, row.old_taxon, row.new_taxon) for row in connection.execute(query)]


def manifest_sha256(rows: Sequence[ManifestRow], *, last_seq: int, taxonomy_sha256: str) -> str:
    """Return the hash of a dataset: of all that decides what is learnt from it, in the order of the photos' hashes."""
    record = [
        [r.sha256, r.event, r.taxon, r.split, r.weight, r.left_out]
        for r in sorted(rows, key=lambda r: r.sha256)
    ]
    return hash_of(json.dumps([last_seq, taxonomy_sha256, record]).encode()).hexdigest()


def _row(row: Any) -> ManifestRow:
    return ManifestRow(row.sha256, row.event_id, row.taxon, row.split, row.weight, row.left_out)
