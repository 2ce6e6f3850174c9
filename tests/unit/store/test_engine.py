"""Opening, migrating and backing up databases."""

import shutil
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import StoreError
from core.store import Ledger, engine, open_database, schema
from tests.unit.store.test_ledger import fill, photo, says

_HEAD = max(path.name for path in (engine._MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]
SECOND = f'''
"""A later migration."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9998", "{_HEAD}"
def upgrade():
    op.add_column("media", sa.Column("phash", sa.String(16)))
def downgrade():
    raise NotImplementedError
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "fieldmark.db"


def filled(path: Path) -> None:
    ledger = Ledger(open_database(f"sqlite:///{path}"))
    ledger.add_photo(photo(), size=1, door="cli", at=datetime.now(UTC))
    ledger.append(says("panthera-leo"), received_at=datetime.now(UTC))
    fill(ledger)
    ledger._engine.dispose()


def first_release(path: Path) -> None:
    """Fill a database of the first release as that release did; its code is gone."""
    moment = "2026-11-20T08:00:00.000000+00:00"
    event = "INSERT INTO label_event VALUES (?, ?, 1, 1, ?, ?, 'none', 1, NULL, NULL, ?, ?, 's', 'spots', ?)"
    with sqlite3.connect(path) as raw:
        raw.execute("INSERT INTO media VALUES (1, ?, 9, 4, 3, 'JPEG', ?)", ("a" * 64, moment))
        raw.execute("INSERT INTO media_source VALUES (1, 1, 'a.jpg', 'cli', ?)", (moment,))
        raw.execute("INSERT INTO capture_time VALUES (1, 1, '2026-05-01T06:00:00', 'exif', ?)", (moment,))
        raw.execute("INSERT INTO capture_place VALUES (1, 1, 1.5, 36.8, 'exif', ?)", (moment,))
        raw.execute(
            "INSERT INTO model_version VALUES (1, ?, 'm', '1', 'tiny', ?, '{}', ?)",
            ("f" * 64, "e" * 64, moment),
        )
        raw.execute(
            "INSERT INTO prediction VALUES (1, 1, 1, 0.65, 'taxon', 'panthera-leo', 0.9, 0, '[]', ?)",
            (moment,),
        )
        raw.execute("INSERT INTO annotator VALUES (1, 'ada', ?)", (moment,))
        ids = [f"{number:036}" for number in range(3)]
        raw.execute(event, (5, ids[0], "assert", "panthera-leo", moment, moment, None))
        raw.execute(
            event, (7, ids[1], "undo", None, moment, moment, ids[0])
        )  # seq has gaps, as real ones have
        raw.execute(event, (9, ids[2], "assert", "panthera-pardus", moment, moment, None))
        raw.execute("INSERT INTO current_label VALUES (1, 'panthera-pardus', ?, 'ada', 1, 1, 9)", (ids[2],))


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as raw:
        columns = {t.name: ", ".join(c.name for c in t.columns) for t in schema.metadata.sorted_tables}
        return {name: raw.execute(f"SELECT {c} FROM {name}").fetchall() for name, c in columns.items()}


def test_the_migrated_database_is_what_the_code_expects(path: Path) -> None:
    inspector = sa.inspect(open_database(f"sqlite:///{path}"))
    for table in schema.metadata.sorted_tables:
        real = {column["name"]: column for column in inspector.get_columns(table.name)}
        assert list(real) == [column.name for column in table.columns], table.name
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        assert indexes >= {index.name for index in table.indexes}, table.name
        for column in table.columns:
            assert column.primary_key or real[column.name]["nullable"] == column.nullable, column
        unique = {tuple(u["column_names"]) for u in inspector.get_unique_constraints(table.name)}
        wanted = {
            tuple(c.name for c in u.columns) for u in table.constraints if isinstance(u, sa.UniqueConstraint)
        }
        wanted |= {(c.name,) for c in table.columns if c.unique}
        assert unique == wanted, table.name
        foreign = {f["constrained_columns"][0] for f in inspector.get_foreign_keys(table.name)}
        assert foreign == {c.name for c in table.columns if c.foreign_keys}, table.name


def test_a_later_migration_keeps_every_row_and_a_copy(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    before = rows(path)
    later = tmp_path / "migrations"
    shutil.copytree(engine._MIGRATIONS, later, ignore=shutil.ignore_patterns("__pycache__"))
    (later / "versions" / "9998_later.py").write_text(SECOND)
    monkeypatch.setattr(engine, "_MIGRATIONS", later)
    open_database(f"sqlite:///{path}").dispose()
    assert rows(path) == before
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9998",)
    assert rows(path.with_name("fieldmark.db.before-9998")) == before


def test_a_database_of_the_first_release_keeps_every_row(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "migrations"
    shutil.copytree(engine._MIGRATIONS, old, ignore=shutil.ignore_patterns("__pycache__", "000[2-9]*"))
    with monkeypatch.context() as patched:
        patched.setattr(engine, "_MIGRATIONS", old)
        open_database(f"sqlite:///{path}").dispose()
        first_release(path)
    with sqlite3.connect(path) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert "checklist" not in tables
        ledger = [table.name for table in schema.LEDGER if table.name in tables]
        columns = {name: [row[1] for row in raw.execute(f"PRAGMA table_info({name})")] for name in ledger}
        before = {name: raw.execute(f"SELECT * FROM {name}").fetchall() for name in ledger}
    assert len(ledger) == 8
    assert all(before.values())
    open_database(f"sqlite:///{path}").dispose()
    with sqlite3.connect(path) as raw:
        after = {
            name: raw.execute(f"SELECT {', '.join(columns[name])} FROM {name}").fetchall() for name in ledger
        }
        assert not raw.execute("PRAGMA foreign_key_check").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute("DELETE FROM label_event")
    assert after == before
    assert rows(path)["checklist"] == rows(path)["queue_entry"] == []
    assert list(path.parent.glob("fieldmark.db.before-*"))


def test_the_queue_of_an_older_release_keeps_every_place_and_learns_who_labelled(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "migrations"
    shutil.copytree(engine._MIGRATIONS, old, ignore=shutil.ignore_patterns("__pycache__", "000[6-9]*"))
    moment = "2026-11-20T08:00:00.000000+00:00"
    with monkeypatch.context() as patched:
        patched.setattr(engine, "_MIGRATIONS", old)
        open_database(f"sqlite:///{path}").dispose()
    with sqlite3.connect(path) as raw:
        raw.execute("INSERT INTO model_version VALUES (1, 'f', 'm', '1', 'tiny', 'e', '{}', ?)", (moment,))
        raw.executemany("INSERT INTO annotator VALUES (?, ?, ?)", [(3, "ada", moment), (14, "bo", moment)])
        for number in range(1, 7):
            raw.execute("INSERT INTO media VALUES (?, ?, 9, 4, 3, 'JPEG', ?)", (number, str(number), moment))
            raw.execute(
                "INSERT INTO prediction VALUES (?, ?, 1, 0.6, 'identified', 'panthera-leo', 0.75, 0, '[]', ?)",
                (number, number, moment),
            )
            raw.execute("INSERT INTO queue_entry VALUES (?, ?, 'unsure', 0.5, 1, 0)", (number, number))
        acts = [  # id, photo, who, kind, undoes, blind, subject
            ("a", 1, 14, "assert", None, 0, None), ("b", 1, 3, "assert", None, 0, None),
            ("c", 2, 3, "assert", None, 0, None), ("d", 2, 3, "undo", "c", 0, None),
            ("e", 3, 3, "not_animal", None, 0, None), ("f", 3, 3, "undo", "e", 0, None), ("g", 3, 3, "undo", "f", 0, None),
            ("h", 4, 3, "assert", None, 1, None), ("i", 5, 3, "assert", None, 0, "other"),
            ("j", 6, 14, "skip", None, 0, None),
        ]  # fmt: skip
        for name, photo_id, who, kind, undoes, blind, subject in acts:
            raw.execute(
                "INSERT INTO label_event (id, media_id, annotator_id, kind, taxon, reason, acted_at, received_at, session,"
                " comment, undoes, blind, subject) VALUES (?, ?, ?, ?, ?, 'none', ?, ?, '', '', ?, ?, ?)",
                (name, photo_id, who, kind, "x" if kind == "assert" else None, moment, moment, undoes, blind, subject),
            )  # fmt: skip
    open_database(f"sqlite:///{path}").dispose()
    with sqlite3.connect(path) as raw:
        queue = raw.execute("SELECT * FROM queue_entry ORDER BY media_id").fetchall()
        assert not raw.execute("PRAGMA foreign_key_check").fetchall()
    names = ["|3|14|", "", "|3|", "", "", ""]
    assert queue == [
        (number, number, "unsure", 0.5, 1, 0, "panthera-leo", 0.75, 1, name)
        for number, name in enumerate(names, 1)
    ]


def test_a_failing_migration_changes_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    before = rows(path)
    later = tmp_path / "migrations"
    shutil.copytree(engine._MIGRATIONS, later, ignore=shutil.ignore_patterns("__pycache__"))
    broken = SECOND.replace(
        'op.add_column("media",', 'op.execute("DROP TABLE current_label"); op.add_column("nowhere",'
    )
    (later / "versions" / "9998_later.py").write_text(broken)
    monkeypatch.setattr(engine, "_MIGRATIONS", later)
    with pytest.raises(StoreError):
        open_database(f"sqlite:///{path}")
    assert rows(path) == before


def test_opening_twice_migrates_once(path: Path) -> None:
    filled(path)
    assert engine.migrate(open_database(f"sqlite:///{path}")) is False
    assert not list(path.parent.glob("*.before-*"))


def test_a_schema_from_the_future_is_left_alone(path: Path) -> None:
    filled(path)
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    before = rows(path)
    with pytest.raises(StoreError, match=r"9999.*update Fieldmark"):
        open_database(f"sqlite:///{path}")
    assert rows(path) == before
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_threads_take_turns_and_none_is_turned_away(path: Path) -> None:
    made = open_database(f"sqlite:///{path}", busy_timeout_ms=0)  # SQLite would refuse the second at once
    ledger, inside, wrote = Ledger(made), threading.Event(), threading.Event()

    def write_late() -> None:
        with engine.writing(made):
            inside.set()
            wrote.wait(0.3)

    first = threading.Thread(target=write_late)
    first.start()
    inside.wait()
    ledger.add_photo(photo(), size=1, door="cli", at=datetime.now(UTC))
    wrote.set()
    first.join()
    made.dispose()


def test_a_thread_that_waits_too_long_is_told_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TURN", 0.05)
    made = open_database(f"sqlite:///{path}")
    inside, told = threading.Event(), threading.Event()

    def write_long() -> None:
        with engine.writing(made):
            inside.set()
            told.wait(10)

    first = threading.Thread(target=write_long)
    first.start()
    inside.wait()
    with pytest.raises(StoreError, match="others write for too long"), engine.writing(made):
        pass
    told.set()
    first.join()
    with engine.writing(made):  # and the turn is given on
        pass
    made.dispose()


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////proc/nowhere/x.db", "unknown://host/db"])
def test_a_bad_address_is_explained(url: str) -> None:
    with pytest.raises(StoreError):
        open_database(url)


def test_a_file_that_is_no_database_is_explained(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a shopping list, long enough to be mistaken for something else" * 40)
    with pytest.raises(StoreError, match="cannot open"):
        open_database(f"sqlite:///{path}")


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(url: sa.URL) -> sa.Engine:
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr(sa, "create_engine", missing)
    with pytest.raises(StoreError, match=r"psycopg.*requirements-extra") as caught:
        open_database("postgresql+psycopg://ada:secret@host/db")
    assert "secret" not in str(caught.value)
