"""Decisions against models, as rows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.store import Declined, DeclinedModels, Promotions, open_database

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'fieldmark.db'}"


def test_the_newest_decision_about_a_model_stands(database: str) -> None:
    declined = DeclinedModels(open_database(database))
    assert declined.standing("new") is None
    first = Declined("new", "ada", NOW, "misses hyenas")
    declined.add(first)
    declined.add(Declined("another", "bo", NOW))
    assert DeclinedModels(open_database(database)).standing("new") == first
    declined.add(Declined("new", "bo", NOW, withdrawn=True))
    assert declined.standing("new") is None
    again = Declined("new", "ada", NOW, "still does")
    declined.add(again)
    assert declined.standing("new") == again
    assert len(declined.all()) == 4, "nothing is ever replaced"


def test_a_promotion_ends_a_decision_against_it(database: str) -> None:
    engine = open_database(database)
    declined, promotions = DeclinedModels(engine), Promotions(engine)
    declined.add(Declined("new", "ada", NOW))
    promotions.add("old", "new", by="bo", at=NOW + timedelta(minutes=1))
    promotions.add("new", "old", by="bo", at=NOW + timedelta(minutes=2))
    assert declined.standing("new") is None
    later = Declined("new", "ada", NOW + timedelta(minutes=3))
    declined.add(later)
    assert declined.standing("new") == later
