"""Lists of what lives where."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import StoreError
from core.place import Presence, PresenceRecord
from core.store import Checklists, open_database

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LION = PresenceRecord("panthera-leo", "KEN", Presence.NATIVE, "park list", "2024")


@pytest.fixture
def lists(tmp_path: Path) -> Checklists:
    return Checklists(open_database(f"sqlite:///{tmp_path / 'x.db'}"))


def test_what_was_added_is_found_again(lists: Checklists) -> None:
    number = lists.add("park list", "ab" * 32, [LION], at=NOW)
    assert lists.records("KEN") == [LION]
    assert lists.records("TZA") == []
    found = lists.all()
    assert [(one.id, one.name, one.entries, one.countries, one.in_use) for one in found] == [
        (number, "park list", 1, ("KEN",), True)
    ]


def test_a_list_taken_out_of_use_can_be_put_back(lists: Checklists) -> None:
    number = lists.add("park list", "ab" * 32, [LION], at=NOW)
    lists.use(number, in_use=False)
    assert lists.records("KEN") == []
    assert not lists.all()[0].in_use
    lists.use(number, in_use=True)
    assert lists.records("KEN") == [LION]


def test_the_same_file_again_is_the_same_list(lists: Checklists) -> None:
    number = lists.add("park list", "ab" * 32, [LION], at=NOW)
    lists.use(number, in_use=False)
    assert lists.add("park list", "ab" * 32, [LION], at=NOW) == number
    assert len(lists.all()) == 1
    assert lists.all()[0].in_use


def test_empty_lists_and_unknown_numbers_are_refused(lists: Checklists) -> None:
    with pytest.raises(StoreError, match="no usable line"):
        lists.add("nothing", "cd" * 32, [], at=NOW)
    with pytest.raises(StoreError, match="no checklist 7"):
        lists.use(7, in_use=False)
