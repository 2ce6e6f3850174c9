"""What the store's rooms promise holds on both databases: with FIELDMARK_TEST_POSTGRES_URL these tests run on PostgreSQL too."""

import os
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from core.store import engine
from tests.postgres import empty_postgres

ON_BOTH = (
    "accounts", "checklists", "current", "datasets", "events", "gold", "hashes", "jobs", "knowledge", "labelled", "leases",
    "promotions", "queue", "queue_search", "review", "saved_filters", "sightings", "splits", "trained_models",
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask for a database by turns."""
    room = metafunc.module.__name__.rpartition(".test_")[2]
    if room in ON_BOTH:
        marks = [pytest.mark.postgres]
        metafunc.parametrize(
            "database", ["sqlite", pytest.param("postgres", marks=marks)], indirect=True, ids=str
        )


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Lead every database that a test opens to an empty one on PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield "sqlite"
        return
    if request.node.get_closest_marker("only_sqlite"):
        pytest.skip("looks inside SQLite")
    url = os.environ["FIELDMARK_TEST_POSTGRES_URL"]
    with empty_postgres(url):
        create, opened = engine._create_engine, []

        def elsewhere(_: str, busy_timeout_ms: int) -> sa.Engine:
            opened.append(create(url, busy_timeout_ms))
            return opened[-1]

        monkeypatch.setattr(engine, "_create_engine", elsewhere)
        yield "postgres"
        for one in opened:
            one.dispose()
