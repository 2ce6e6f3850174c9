"""What other databases said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.store import ExternalRecord, Knowledge, Lookup, open_database

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LION = ExternalRecord("panthera-leo", "gbif", Lookup.FOUND, {"key": "4CGXP"}, NOW)


def test_the_newest_answer_of_each_source_counts(tmp_path: Path) -> None:
    known = Knowledge(open_database(f"sqlite:///{tmp_path / 'x.db'}"))
    assert known.about("panthera-leo") == {}
    newer = replace(LION, payload={"key": "new"}, fetched_at=NOW + timedelta(days=1))
    other = ExternalRecord("panthera-leo", "iucn", Lookup.UNKNOWN, {}, NOW)
    for record in (LION, newer, other):
        known.add(record)
    assert known.about("panthera-leo") == {"gbif": newer, "iucn": other}


def test_what_was_asked_lately_need_not_be_asked_again(tmp_path: Path) -> None:
    known = Knowledge(open_database(f"sqlite:///{tmp_path / 'x.db'}"))
    known.add(LION)
    assert known.asked("gbif", since=NOW - timedelta(days=1)) == {"panthera-leo"}
    assert known.asked("gbif", since=NOW + timedelta(days=1)) == set()
    assert known.asked("iucn", since=NOW - timedelta(days=1)) == set()
