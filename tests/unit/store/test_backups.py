"""Backups, drilled."""

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store import Ledger, open_database
from core.store.backups import check_file, check_labels, list_backups, make_backup, restore_backup
from tests.unit.store.test_ledger import NOW, photo, says


def database(path: Path, labels: int = 3) -> Path:
    ledger = Ledger(open_database(f"sqlite:///{path}"))
    for number in range(labels):
        mark = "abcdef0123456789"[number]
        ledger.add_photo(photo(f"{mark}.jpg", mark), size=1, door="cli", at=NOW)
        ledger.append(says("panthera-leo", mark=mark), received_at=NOW)
    ledger._engine.dispose()
    return path


def events(path: Path) -> int:
    with sqlite3.connect(path) as raw:
        return int(raw.execute("SELECT count(*) FROM label_event").fetchone()[0])


def test_a_restored_copy_has_every_row_and_what_was_there_is_kept(tmp_path: Path) -> None:
    path, folder = database(tmp_path / "fieldmark.db"), tmp_path / "backups"
    copy = make_backup(path, folder, at=NOW)
    database_later = Ledger(open_database(f"sqlite:///{path}"))
    database_later.append(says("panthera-onca", by="bob"), received_at=NOW)
    database_later._engine.dispose()
    assert events(path) == 4
    before = restore_backup(copy.path, path, folder, at=NOW + timedelta(seconds=1))
    assert events(path) == 3
    assert before is not None
    assert events(before.path) == 4
    assert check_labels(f"sqlite:///{path}") == []


def test_a_lost_database_is_restored(tmp_path: Path) -> None:
    path, folder = database(tmp_path / "fieldmark.db"), tmp_path / "backups"
    copy = make_backup(path, folder, at=NOW)
    for file in tmp_path.glob("fieldmark.db*"):
        file.unlink()
    assert restore_backup(copy.path, path, folder, at=NOW) is None
    assert events(path) == 3


def test_only_so_many_are_kept_and_the_newest_are(tmp_path: Path) -> None:
    path, folder = database(tmp_path / "fieldmark.db"), tmp_path / "backups"
    made = [make_backup(path, folder, at=NOW + timedelta(minutes=n), keep=3).path for n in range(5)]
    assert [one.path for one in list_backups(folder)] == made[-3:]
    assert not list(folder.glob("*.part"))


def test_a_copy_made_while_others_write_is_consistent(tmp_path: Path) -> None:
    path, folder = database(tmp_path / "fieldmark.db"), tmp_path / "backups"
    ledger = Ledger(open_database(f"sqlite:///{path}"))
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            ledger.append(says("panthera-onca"), received_at=NOW)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [make_backup(path, folder, at=NOW + timedelta(seconds=n)).path for n in range(5)]
    finally:
        stop.set()
        writer.join()
    counts = [events(copy) for copy in copies]
    assert counts == sorted(counts)
    assert all(check_file(copy) == [] for copy in copies)


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_a_damaged_copy_is_not_restored(tmp_path: Path, content: bytes) -> None:
    path, folder = database(tmp_path / "fieldmark.db"), tmp_path / "backups"
    bad = tmp_path / "bad.db"
    bad.write_bytes(content)
    with pytest.raises(StoreError, match=r"not sound and was not restored"):
        restore_backup(bad, path, folder, at=NOW)
    assert events(path) == 3
    with pytest.raises(StoreError, match="no backup"):
        restore_backup(tmp_path / "none.db", path, folder, at=NOW)


def test_damage_is_found(tmp_path: Path) -> None:
    path = database(tmp_path / "fieldmark.db")
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE current_label SET taxon = 'puma-concolor' WHERE media_id = 1")
    assert check_file(path) == []
    assert "photo 1" in check_labels(f"sqlite:///{path}")[0]
    assert check_labels(f"sqlite:///{path}") == [], "replaying the ledger has mended it"
    content = bytearray(path.read_bytes())
    content[5000:9000] = b"\xff" * 4000
    path.write_bytes(bytes(content))
    assert check_file(path)


def test_without_a_database_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"):
        make_backup(tmp_path / "none.db", tmp_path, at=NOW)
