"""Which model answers: the newest row. Nothing is ever replaced, so the way back is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.store.engine import writing
from core.store.loop_schema import promotion, trained_model


@dataclass(frozen=True, slots=True)
class Promotion:
    """A model took another's place.

    Attributes:
        from_name, to_name: Names of model folders.
        trained_model: The number under which the gate's report is kept, `None` if there was no gate.
    """

    id: int
    from_name: str
    to_name: str
    by: str
    at: datetime
    trained_model: int | None = None


class Promotions:
    """Who answered when; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def all(self) -> list[Promotion]:
        """Return all promotions and rollbacks, oldest first."""
        with self._engine.connect() as connection:
            return [
                _promotion(row) for row in connection.execute(sa.select(promotion).order_by(promotion.c.id))
            ]

    def add(self, from_name: str, to_name: str, *, by: str, at: datetime) -> None:
        """Let a model answer from now on; the newest report on it goes along.

        Raises:
            StoreError: The database refuses; the old model goes on answering.
        """
        report = (
            sa.select(sa.func.max(trained_model.c.id))
            .where(trained_model.c.name == to_name)
            .scalar_subquery()
        )
        with writing(self._engine) as connection:
            connection.execute(
                promotion.insert().values(
                    from_name=from_name,
                    to_name=to_name,
                    promoted_by=by,
                    promoted_at=at,
                    trained_model_id=report,
                )
            )

    def take_over(self, names: Sequence[tuple[str, datetime]], default: str, *, by: str) -> bool:
        """Take over what was promoted before there were rows; returns whether it was, which happens once.

        Args:
            names: Model and moment, oldest first; `default` answered before the first.
        """
        with writing(self._engine) as connection:
            if connection.execute(sa.select(promotion.c.id).limit(1)).first():
                return False
            before = default
            for name, at in names:
                connection.execute(
                    promotion.insert().values(from_name=before, to_name=name, promoted_by=by, promoted_at=at)
                )
                before = name
        return bool(names)


def _promotion(row: Any) -> Promotion:
    return Promotion(
        row.id, row.from_name, row.to_name, row.promoted_by, row.promoted_at, row.trained_model_id
    )
