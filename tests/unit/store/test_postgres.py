"""The ledger on PostgreSQL: `FIELDMARK_TEST_POSTGRES_URL=... pytest -m postgres`, an empty database.

`conftest.py` runs the tests of the other rooms there, too.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from core.store import Ledger, open_database
from core.store.loop_schema import GROWING
from core.store.schema import LEDGER
from tests.postgres import empty_postgres
from tests.unit.store.test_ledger import fill, photo, says, takes_back

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with empty_postgres(os.environ["FIELDMARK_TEST_POSTGRES_URL"]) as url:
        ledger = Ledger(open_database(url))
        ledger.add_photo(photo(), size=1, door="cli", at=NOW)
        yield ledger
        ledger._engine.dispose()


def test_a_label_is_kept_once_undone_and_rebuilt(ledger: Ledger) -> None:
    event = says("panthera-leo")
    assert [ledger.append(event, received_at=NOW) for _ in range(2)] == [True, False]
    ledger.append(takes_back(event.id), received_at=NOW)
    assert ledger.current("a" * 64) is None
    fill(ledger)
    assert ledger.rebuild_labels() == 1
    assert [row.label.taxon for row in ledger.label_rows()] == ["panthera-pardus"]
    assert ledger.capture("c" * 64).latitude == 1.5


@pytest.mark.parametrize("table", [table.name for table in (*LEDGER, *GROWING)])
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_what_only_grows_refuses_changes(ledger: Ledger, table: str, change: str) -> None:
    fill(ledger)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger._engine.begin() as connection:
        connection.exec_driver_sql(change.format(table, "id"))
