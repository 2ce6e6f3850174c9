"""Copies of the database, and proof that it, or a copy, is sound."""

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from core.errors import StoreError
from core.store.engine import open_database
from core.store.ledger import Ledger

KEPT = 10
PATTERN = "fieldmark-*.db"


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy; `path` ends in the moment it was made, in UTC."""

    path: Path
    size: int


def make_backup(database: Path, folder: Path, *, at: datetime, keep: int = KEPT) -> Backup:
    """Copy a database while others may write, check the copy, and drop the oldest beyond `keep`.

    Raises:
        StoreError: There is no database, the disk is full, or the copy is not sound; older copies stay then.
    """
    target = folder / f"fieldmark-{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.db"
    part = target.with_suffix(".part")
    if not database.is_file():
        raise StoreError(f"there is no database {database}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _copy(database, part)
        if problems := check_file(part):
            raise StoreError(f"the copy of {database.name} is not sound: {problems[0]}")
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the database could not be copied to {folder}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    for old in list_backups(folder)[:-keep]:
        old.path.unlink()
    return Backup(target, target.stat().st_size)


def list_backups(folder: Path) -> list[Backup]:
    """Return the copies in a folder, oldest first."""
    return [Backup(path, path.stat().st_size) for path in sorted(folder.glob(PATTERN))]


def restore_backup(backup: Path, database: Path, folder: Path, *, at: datetime) -> Backup | None:
    """Put a copy in the place of the database; what was there is backed up first.

    Returns:
        The backup of what was replaced, `None` if there was nothing.

    Raises:
        StoreError: The copy is missing or not sound, or the database is in use and locked; nothing is changed then.
    """
    if not backup.is_file():
        raise StoreError(f"there is no backup {backup}")
    if problems := check_file(backup):
        raise StoreError(f"{backup.name} is not sound and was not restored: {problems[0]}")
    before = make_backup(database, folder, at=at, keep=KEPT + 1) if database.is_file() else None
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        _copy(backup, database)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{backup.name} could not be restored: {error}; close Fieldmark and try again"
        ) from error
    return before


def check_file(path: Path) -> list[str]:
    """Return what SQLite finds wrong with a file: damaged pages, rows that point nowhere."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
            found = [str(row[0]) for row in raw.execute("PRAGMA integrity_check") if row[0] != "ok"]
            found += [
                f"{table}: row {row} points to a missing row of {parent}"
                for table, row, parent, _ in raw.execute("PRAGMA foreign_key_check")
            ]
            tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        return [f"{path.name} is no readable SQLite database: {error}"]
    return found if found or "label_event" in tables else [f"{path.name} is no database of Fieldmark"]


def check_labels(url: str) -> list[str]:
    """Replay the ledger and return where the labels in use differ from what it says; nothing is changed if all agree."""
    engine = open_database(url)
    try:
        query = sa.text(
            "SELECT media_id, taxon, event_id, annotator, votes, voters, seq FROM current_label ORDER BY media_id"
        )
        with engine.connect() as connection:
            before = connection.execute(query).all()
        Ledger(engine).rebuild_labels()
        with engine.connect() as connection:
            after = connection.execute(query).all()
    finally:
        engine.dispose()
    differing = {row[0] for row in set(before) ^ set(after)}
    return [
        f"the label of photo {media_id} was not what the history says; it is now"
        for media_id in sorted(differing)
    ]


def _copy(source: Path, target: Path) -> None:
    old, new = sqlite3.connect(f"file:{source}?mode=ro", uri=True), sqlite3.connect(target, timeout=10)
    with contextlib.closing(old), contextlib.closing(new):
        old.backup(new)
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
