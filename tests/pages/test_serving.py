"""Who may decide which model answers."""

from datetime import UTC, datetime

import pytest

from core.accounts import register
from core.store import Role
from pages._ui import services, serving, who

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_alone_everybody_may() -> None:
    assert serving.may_promote()


@pytest.mark.parametrize(
    ("role", "may"), [(Role.ANNOTATOR, False), (Role.EXPERT, False), (Role.MANAGER, True)]
)
def test_in_a_house_with_accounts_its_managers_may(monkeypatch, role: Role, may: bool) -> None:
    account = register(services.accounts(), "Wanjiru", "long enough", role, at=NOW)
    assert not serving.may_promote(), "nobody has signed in"
    monkeypatch.setattr(who, "signed_in", lambda: account)
    assert serving.may_promote() is may
