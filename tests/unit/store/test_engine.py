"""Opening, migrating and backing up databases."""

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import StoreError
from core.store import Ledger, engine, open_database, schema
from tests.unit.store.test_ledger import fill, photo, says

SECOND = '''
"""A later migration."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9998", "0002"
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


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as raw:
        columns = {t.name: ", ".join(c.name for c in t.columns) for t in schema.metadata.sorted_tables}
        return {name: raw.execute(f"SELECT {c} FROM {name}").fetchall() for name, c in columns.items()}


def test_the_migrated_database_is_what_the_code_expects(path: Path) -> None:
    inspector = sa.inspect(open_database(f"sqlite:///{path}"))
    for table in schema.metadata.sorted_tables:
        real = {column["name"]: column for column in inspector.get_columns(table.name)}
        assert list(real) == [column.name for column in table.columns], table.name
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
    shutil.copytree(engine._MIGRATIONS, old, ignore=shutil.ignore_patterns("__pycache__", "0002*"))
    with monkeypatch.context() as patched:
        patched.setattr(engine, "_MIGRATIONS", old)
        filled(path)
    ledger = {table.name: table for table in schema.LEDGER}
    with sqlite3.connect(path) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert "checklist" not in tables
        before = {name: raw.execute(f"SELECT * FROM {name}").fetchall() for name in ledger}
    assert all(before.values())
    open_database(f"sqlite:///{path}").dispose()
    after = rows(path)
    assert {name: after[name] for name in ledger} == before
    assert after["checklist"] == after["external_record"] == []
    assert path.with_name("fieldmark.db.before-0002").is_file()


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
