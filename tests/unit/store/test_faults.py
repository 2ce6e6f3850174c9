"""A database that refuses: what was acknowledged is there, what was refused is not, and all is saved once it is over."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from core.errors import StoreError
from core.store import EventKind, LabelEvent, Ledger, open_database
from tests.review_house import LION, NOW, House, sha

PHOTOS = 40


@contextmanager
def _pragma(engine: sa.Engine, during: str, after: str) -> Iterator[None]:
    """Put the one connection of an engine under a rule, as the disk or the file system would."""
    for pragma in (during, after):
        raw = engine.raw_connection()
        raw.driver_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]
        raw.close()
        if pragma is during:
            yield


@contextmanager
def full(engine: sa.Engine, path: Path) -> Iterator[None]:
    """No page can be added to the file."""
    with closing(sqlite3.connect(path)) as other:
        (pages,) = other.execute("PRAGMA page_count").fetchone()
    with _pragma(engine, f"max_page_count={pages}", "max_page_count=1000000"):
        yield


@contextmanager
def read_only(engine: sa.Engine, path: Path) -> Iterator[None]:
    """The file may be read and not written."""
    with _pragma(engine, "query_only=ON", "query_only=OFF"):
        yield


@contextmanager
def locked(engine: sa.Engine, path: Path) -> Iterator[None]:
    """Another program is in the middle of writing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fieldmark.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    engine = open_database(f"sqlite:///{path}", busy_timeout_ms=50)
    house = House(engine)
    for number in range(PHOTOS):
        house.add(number)
    yield house.ledger
    engine.dispose()


def stored(path: Path) -> set[str]:
    """Return the ids of the acts that another program finds in the file."""
    with closing(sqlite3.connect(path)) as other:
        return {name for (name,) in other.execute("SELECT id FROM label_event")}


@pytest.mark.parametrize(
    ("fault", "words"),
    [(full, "full"), (read_only, "readonly"), (locked, "locked")],
    ids=lambda one: str(one)[:20],
)
def test_nothing_is_acknowledged_that_is_not_durable(
    ledger: Ledger, path: Path, fault: Callable[..., object], words: str
) -> None:
    acts = [
        LabelEvent(uuid4(), sha(number), EventKind.ASSERT, "ada", NOW, LION, comment="long " * 500)
        for number in range(PHOTOS)
    ]
    batches = [acts[start : start + 5] for start in range(0, PHOTOS, 5)]
    ledger.append_all(batches[0], received_at=NOW)
    acknowledged, refused = {str(act.id) for act in batches[0]}, []
    said: set[str] = set()
    with fault(ledger._engine, path):  # type: ignore[attr-defined]
        for batch in batches[1:]:
            try:
                ledger.append_all(batch, received_at=NOW)
                acknowledged |= {str(act.id) for act in batch}
            except StoreError as error:
                refused.append(batch)
                said.add(str(error))
        assert refused
        assert all(one.startswith("nothing was stored, the database refuses: ") for one in said)
        assert all(words in one for one in said)
        if fault is not locked:
            assert stored(path) == acknowledged
        assert ledger.current(sha(0)) is not None  # reading goes on
    for batch in refused:  # as the browser does
        assert ledger.append_all(batch, received_at=NOW) == {}
    assert stored(path) == {str(act.id) for act in acts}
    assert all(ledger.current(sha(number)) is not None for number in range(PHOTOS))
