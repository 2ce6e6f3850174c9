"""Accounts in the database; passwords are the matter of tests/unit/test_accounts.py."""

from datetime import timedelta
from pathlib import Path

from core.store import Role
from tests.review_house import NOW, build


def test_an_account_is_changed_closed_and_opened_never_deleted(tmp_path: Path) -> None:
    accounts = build(tmp_path).accounts
    assert accounts.all() == []
    accounts.put("bo", "h1", Role.ANNOTATOR, at=NOW)
    accounts.put("ada", "h2", Role.MANAGER, at=NOW)
    accounts.put("bo", "h3", Role.EXPERT, at=NOW)
    assert [(one.name, one.role, one.password_hash) for one in accounts.all()] == [
        ("ada", Role.MANAGER, "h2"), ("bo", Role.EXPERT, "h3"),
    ]  # fmt: skip
    assert accounts.set_active("bo", False, at=NOW)
    assert not accounts.set_active("eve", False, at=NOW)
    found = accounts.find("bo")
    assert found is not None
    assert not found.active
    assert "h3" not in repr(found)


def test_tries_are_counted_for_each_name_and_forgotten_when_they_are_old(tmp_path: Path) -> None:
    accounts = build(tmp_path).accounts
    minute = timedelta(minutes=1)

    def tried(name: str, minutes: int) -> object:
        return accounts.begin_try(name, most=2, within=10 * minute, at=NOW + minutes * minute)

    assert [tried("ada", 0), tried("bo", 0), tried("ada", 4)] == [None, None, None]
    assert tried("ada", 5) == tried("ada", 9) == NOW + 10 * minute
    assert tried("bo", 9) is None
    assert tried("ada", 10) is None
    assert tried("ada", 11) == NOW + 14 * minute
    accounts.forget_tries("ada")
    assert tried("ada", 11) is None
