"""An empty PostgreSQL database for tests that are asked to run there."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def empty_postgres(url: str) -> Iterator[str]:
    """Lend a database that must be empty, and empty it again: nobody's real database dies of a mistyped address."""
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == [], "FIELDMARK_TEST_POSTGRES_URL must be an empty database"
    try:
        yield url
    finally:
        with engine.begin() as connection:
            # A connection that a test forgot would keep its tables.
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
