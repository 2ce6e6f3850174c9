"""Models that somebody decided not to let answer, who, when and why; a decision that is taken back is one more row."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.store.engine import writing
from core.store.loop_schema import declined_model, promotion


@dataclass(frozen=True, slots=True)
class Declined:
    """A decision about a model.

    Attributes:
        model: Name of its folder.
        why: In the person's own words, may be empty.
        withdrawn: The decision before was taken back.
    """

    model: str
    by: str
    at: datetime
    why: str = ""
    withdrawn: bool = False


class DeclinedModels:
    """Decisions against models; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, decision: Declined) -> None:
        """Keep a decision.

        Raises:
            StoreError: The database refuses.
        """
        with writing(self._engine) as connection:
            connection.execute(
                declined_model.insert().values(
                    name=decision.model, declined_by=decision.by, declined_at=decision.at, why=decision.why,
                    withdrawn=decision.withdrawn,
                )
            )  # fmt: skip

    def all(self) -> list[Declined]:
        """Return all decisions, oldest first."""
        d = declined_model.c
        with self._engine.connect() as connection:
            return [
                Declined(row.name, row.declined_by, row.declined_at, row.why, row.withdrawn)
                for row in connection.execute(sa.select(declined_model).order_by(d.id))
            ]

    def standing(self, model: str) -> Declined | None:
        """Return the decision that stands against a model; one that was promoted since has none."""
        last = next((one for one in reversed(self.all()) if one.model == model), None)
        if last is None or last.withdrawn:
            return None
        p = promotion.c
        with self._engine.connect() as connection:
            query = sa.select(p.promoted_at).where(p.to_name == model).order_by(p.id.desc()).limit(1)
            promoted = connection.execute(query).scalar_one_or_none()
        return None if promoted is not None and promoted >= last.at else last
