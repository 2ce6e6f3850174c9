"""Who is let in."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.accounts import STAYS, make_token, read_token, register, sign_in
from core.errors import AccountError
from core.signing import Signer
from core.store import Accounts, Role
from tests.review_house import NOW, build

SIGNER = Signer(b"k" * 32)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    made = build(tmp_path).accounts
    register(made, " Ada  Lovelace", "correct horse", Role.EXPERT, at=NOW)
    return made


def test_the_right_password_opens(accounts: Accounts) -> None:
    assert sign_in(accounts, "Ada Lovelace ", "correct horse").role is Role.EXPERT


@pytest.mark.parametrize(
    ("name", "password"), [("Ada Lovelace", "wrong horse"), ("Eve", "correct horse"), ("", "")]
)
def test_anything_else_does_not_and_says_no_more(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(AccountError, match="do not belong together"):
        sign_in(accounts, name, password)


def test_a_closed_account_opens_nothing(accounts: Accounts) -> None:
    token = make_token(sign_in(accounts, "Ada Lovelace", "correct horse"), SIGNER, at=NOW)
    accounts.set_active("Ada Lovelace", False, at=NOW)
    with pytest.raises(AccountError):
        sign_in(accounts, "Ada Lovelace", "correct horse")
    assert read_token(token, accounts, SIGNER, at=NOW) is None


@pytest.mark.parametrize(("name", "password"), [("  ", "long enough"), ("Bo", "short")])
def test_an_account_needs_a_name_and_a_password(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(AccountError):
        register(accounts, name, password, Role.ANNOTATOR, at=NOW)


def test_passwords_are_not_kept(accounts: Accounts) -> None:
    hashes = [one.password_hash for one in accounts.all()]
    assert all(one.startswith("$argon2id$") and "horse" not in one for one in hashes)


def test_a_token_proves_who_it_is_until_it_runs_out_or_the_password_changes(accounts: Accounts) -> None:
    token = make_token(sign_in(accounts, "Ada Lovelace", "correct horse"), SIGNER, at=NOW)
    found = read_token(token, accounts, SIGNER, at=NOW + timedelta(days=1))
    assert found is not None
    assert found.name == "Ada Lovelace"
    assert read_token(token, accounts, SIGNER, at=NOW + STAYS) is None
    assert read_token(token, accounts, Signer(b"x" * 32), at=NOW) is None
    register(accounts, "Ada Lovelace", "another horse", Role.EXPERT, at=NOW)
    assert read_token(token, accounts, SIGNER, at=NOW) is None


@pytest.mark.parametrize("token", ["", ".", "x.y", "e30.0", "bnVsbA==.0", "\x00", "W10=.1"])
def test_rubbish_proves_nothing(accounts: Accounts, token: str) -> None:
    assert read_token(token, accounts, SIGNER, at=NOW) is None
