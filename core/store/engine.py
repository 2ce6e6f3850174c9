"""Open the database, bring its schema up to date, keep a copy before touching it."""

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite

from core.errors import StoreError
from core.store import schema as t

MOST_VALUES = 10_000  # in one statement
TURN = 10.0  # seconds that one thread waits for the others
_turns: WeakKeyDictionary[sa.Engine, threading.Lock] = WeakKeyDictionary()
_MIGRATIONS = Path(__file__).with_name("migrations")


def open_database(url: str, *, busy_timeout_ms: int = 10_000) -> sa.Engine:
    """Return an engine on an up-to-date schema.

    SQLite runs in WAL mode with full synchronisation: an act that was acknowledged survives a power
    cut. Before a migration the SQLite file is copied to `<name>.before-<revision>`.

    Raises:
        StoreError: The database cannot be opened, or is newer than this Fieldmark.
    """
    engine = _create_engine(url, busy_timeout_ms)
    try:
        migrate(engine)
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"cannot open the database {engine.url!r}: {error}") from error
    return engine


def _create_engine(url: str, busy_timeout_ms: int) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(parsed)
    except ModuleNotFoundError as error:
        raise StoreError(
            f"the database {url.split('@')[-1]} needs the package {error.name}: "
            "pip install -r requirements-extra.txt"
        ) from error
    except (sa.exc.ArgumentError, OSError) as error:
        raise StoreError(f"cannot use the database URL: {error}") from error
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine, busy_timeout_ms)
    return engine


def _tune_sqlite(engine: sa.Engine, busy_timeout_ms: int) -> None:
    @sa.event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # the driver must not open or close transactions itself
        for pragma in (
            f"busy_timeout={busy_timeout_ms}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A writer takes the lock at once; upgrading later could only fail.
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection inside one transaction that commits at the end or not at all.

    Raises:
        StoreError: The database is locked for too long, read-only, full or gone; nothing was changed.
    """
    try:
        with (
            _turn(engine),
            engine.connect().execution_options(writing=True) as connection,
            connection.begin(),
        ):
            yield connection
    except sa.exc.OperationalError as error:
        raise StoreError(f"nothing was stored, the database refuses: {error.orig}") from error


@contextlib.contextmanager
def _turn(engine: sa.Engine) -> Iterator[None]:
    """Let the threads of a process write one after the other.

    SQLite alone lets a writer sleep and try again, and whoever has slept longest may be the last to be let in.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    lock = _turns.setdefault(engine, threading.Lock())
    if not lock.acquire(timeout=TURN):
        raise StoreError("nothing was stored, the database refuses: others write for too long")
    try:
        yield
    finally:
        lock.release()


def insert_once(
    connection: sa.Connection, table: sa.Table, *, conflict: str | None = None, **values: Any
) -> bool:
    """Insert unless a unique key, or that of the column `conflict`, already holds; return whether a row was added."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    keys: Sequence[str] | None = [conflict] if conflict else None
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing(index_elements=keys)
    # Not every driver counts rows beside ON CONFLICT; a returned key cannot be mistaken.
    return connection.execute(statement.returning(*table.primary_key)).first() is not None


def insert_all_once(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, conflict: str
) -> None:
    """Insert rows in their order, but those whose column `conflict` is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(index_elements=[conflict]), list(rows))


def annotator_id(connection: sa.Connection, name: str, *, at: datetime) -> int:
    """Return the id of somebody, who is remembered from now on."""
    query = sa.select(t.annotator.c.id).where(t.annotator.c.name == name)
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        insert_once(connection, t.annotator, name=name, added_at=at)
        found = connection.execute(query).scalar_one()
    return int(found)


def media_ids(connection: sa.Connection, hashes: Sequence[str]) -> dict[str, int]:
    """Return the ids of photos by hash; unknown ones are left out."""
    m = t.media.c
    found: dict[str, int] = {}
    for start in range(0, len(hashes), MOST_VALUES):
        rows = connection.execute(
            sa.select(m.sha256, m.id).where(m.sha256.in_(hashes[start : start + MOST_VALUES]))
        )
        found |= {sha256: number for sha256, number in rows}
    return found


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def migrate(engine: sa.Engine) -> bool:
    """Apply the migrations that are missing.

    Returns:
        Whether anything was applied.

    Raises:
        StoreError: The database's revision is unknown: it was made by a newer Fieldmark.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision == head:
        return False
    if revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(
            f"the database is at schema {revision}, newer than this Fieldmark knows; update Fieldmark"
        )
    if revision is not None:
        backup(engine, suffix=f"before-{head}")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def backup(engine: sa.Engine, *, suffix: str) -> Path | None:
    """Copy a SQLite database file, consistently even while others write.

    Returns:
        The copy's path; `None` for databases that are not a file, which their server backs up.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        return None
    source = Path(engine.url.database)
    target = source.with_name(f"{source.name}.{suffix}")
    part = target.with_name(target.name + ".part")
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(part)) as new:
        old.backup(new)
    shutil.move(part, target)
    return target
