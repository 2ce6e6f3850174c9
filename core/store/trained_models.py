"""Models that came out of datasets, what the gate found, and the photos on which they changed their mind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.store import loop_schema as loop
from core.store import schema as t
from core.store.engine import writing


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
class Flip:
    """A photo of which a new model says something else; `None` is no answer, `"blank"` no animal."""

    sha256: str
    old_taxon: str | None
    new_taxon: str | None


class TrainedModels:
    """All of them; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(
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

    def all(self) -> list[TrainedModel]:
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

    def shown(self, flips: Iterable[Flip]) -> dict[str, int]:
        """Return the newest stored prediction of each of these photos, by hash."""
        wanted = {one.sha256 for one in flips}
        p = t.prediction.c
        query = (
            sa.select(t.media.c.sha256, sa.func.max(p.id).label("id"))
            .join(t.prediction, p.media_id == t.media.c.id)
            .where(p.media_id.in_(sa.select(loop.flip.c.media_id)))
            .group_by(t.media.c.sha256)
        )
        with self._engine.connect() as connection:
            return {row.sha256: int(row.id) for row in connection.execute(query) if row.sha256 in wanted}
