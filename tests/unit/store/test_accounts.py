"""Accounts in the database; passwords are the matter of tests/unit/test_accounts.py."""

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
