"""Accounts of annotators. Without any, the house has one person and no door."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from core.store import schema as t
from core.store.engine import annotator_id, insert_once, writing


class Role(StrEnum):
    """What somebody may do beside labelling."""

    ANNOTATOR = "annotator"
    EXPERT = "expert"  # may also say which photos are tests with a known answer
    MANAGER = "manager"  # may also choose how many must agree, and assign work


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in."""

    name: str
    role: Role
    active: bool
    password_hash: str = field(repr=False)


class Accounts:
    """Keeps accounts; they are closed, never deleted, since labels carry their names."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def put(self, name: str, password_hash: str, role: Role, *, at: datetime) -> Account:
        """Make an account, or change it, and open it."""
        with writing(self._engine) as connection:
            annotator = annotator_id(connection, name, at=at)
            values: dict[str, Any] = {
                "role": role.value,
                "password_hash": password_hash,
                "active": True,
                "changed_at": at,
            }
            if not insert_once(connection, t.account, annotator_id=annotator, **values):
                connection.execute(
                    t.account.update().where(t.account.c.annotator_id == annotator).values(**values)
                )
        return Account(name, role, True, password_hash)

    def set_active(self, name: str, active: bool, *, at: datetime) -> bool:
        """Close an account or open it again, as if nobody had tried to get in; return whether there is one."""
        annotator = sa.select(t.annotator.c.id).where(t.annotator.c.name == name).scalar_subquery()
        with writing(self._engine) as connection:
            changed = connection.execute(
                t.account.update()
                .where(t.account.c.annotator_id == annotator)
                .values(active=active, changed_at=at)
            )
        if active:
            self.forget_tries(name)
        return changed.rowcount > 0

    def begin_try(self, name: str, *, most: int, within: timedelta, at: datetime) -> datetime | None:
        """Write down that somebody tries to sign in under a name, whether there is such an account or not.

        It is written before the password is looked at, so that many tries at the same moment are counted, too.

        Returns:
            When the next try is allowed, if there were `most` within that time: then this one is none. Else `None`.
        """
        row, key = t.sign_in_try, _key(name)
        with writing(self._engine) as connection:
            connection.execute(row.delete().where(row.c.tried_at <= at - within))
            mine = sa.select(row.c.tried_at).where(row.c.name_sha256 == key).order_by(row.c.tried_at.desc())
            tries: Sequence[datetime] = connection.execute(mine.limit(most)).scalars().all()
            if len(tries) >= most:
                return tries[-1] + within
            connection.execute(row.insert().values(name_sha256=key, tried_at=at))
        return None

    def forget_tries(self, name: str) -> None:
        """Let a name be tried as if it never had been."""
        row = t.sign_in_try
        with writing(self._engine) as connection:
            connection.execute(row.delete().where(row.c.name_sha256 == _key(name)))

    def find(self, name: str) -> Account | None:
        """Return an account by its name."""
        return next((one for one in self.all() if one.name == name), None)

    def all(self) -> list[Account]:
        """Return all accounts by name, closed ones too."""
        query = (
            sa.select(t.annotator.c.name, t.account)
            .join(t.account, t.account.c.annotator_id == t.annotator.c.id)
            .order_by(t.annotator.c.name)
        )
        with self._engine.connect() as connection:
            return [
                Account(row.name, Role(row.role), bool(row.active), row.password_hash)
                for row in connection.execute(query)
            ]


def _key(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
