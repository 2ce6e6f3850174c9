"""Who is let in."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.accounts import MOST_TRIES, STAYS, make_token, read_token, register, sign_in
from core.errors import AccountError, TooManyTries
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
    assert sign_in(accounts, "Ada Lovelace ", "correct horse", at=NOW).role is Role.EXPERT


@pytest.mark.parametrize(
    ("name", "password"), [("Ada Lovelace", "wrong horse"), ("Eve", "correct horse"), ("", "")]
)
def test_anything_else_does_not_and_says_no_more(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(AccountError, match="do not belong together"):
        sign_in(accounts, name, password, at=NOW)


def fail(accounts: Accounts, times: int, name: str = "Ada Lovelace", *, at: datetime = NOW) -> None:
    for _ in range(times):
        with pytest.raises(AccountError, match="do not belong together"):
            sign_in(accounts, name, "wrong horse", at=at)


@pytest.mark.parametrize("name", ["Ada Lovelace", " Ada  Lovelace", "Eve"])
def test_after_some_wrong_tries_a_name_has_to_wait_known_or_not(accounts: Accounts, name: str) -> None:
    fail(accounts, 3, name)
    fail(accounts, 2, name, at=NOW + timedelta(minutes=5))
    for minutes, left in ((6, "9 minutes"), (14.5, "1 minute,")):
        with pytest.raises(TooManyTries, match=left) as caught:
            sign_in(accounts, name, "correct horse", at=NOW + timedelta(minutes=minutes))
        assert caught.value.seconds == 60 * (15 - minutes)
    later = NOW + timedelta(minutes=15)  # the first three are forgotten, and looking at the door was no try
    fail(accounts, 3, name, at=later)
    with pytest.raises(TooManyTries):
        sign_in(accounts, name, "correct horse", at=later)


def test_others_need_not_wait_and_who_is_inside_stays(accounts: Accounts) -> None:
    register(accounts, "Bo", "another horse", Role.ANNOTATOR, at=NOW)
    token = make_token(sign_in(accounts, "Ada Lovelace", "correct horse", at=NOW), SIGNER, at=NOW)
    fail(accounts, MOST_TRIES)
    assert sign_in(accounts, "Bo", "another horse", at=NOW).name == "Bo"
    assert read_token(token, accounts, SIGNER, at=NOW) is not None


def test_the_right_password_the_manager_and_a_new_password_end_the_count(accounts: Accounts) -> None:
    fail(accounts, MOST_TRIES - 1)
    assert sign_in(accounts, "Ada Lovelace", "correct horse", at=NOW)
    fail(accounts, MOST_TRIES)
    accounts.set_active("Ada Lovelace", True, at=NOW)
    assert sign_in(accounts, "Ada Lovelace", "correct horse", at=NOW)
    fail(accounts, MOST_TRIES)
    register(accounts, "Ada Lovelace", "newer horse", Role.EXPERT, at=NOW)
    assert sign_in(accounts, "Ada Lovelace", "newer horse", at=NOW)


def test_what_is_typed_as_a_name_is_not_kept(accounts: Accounts, tmp_path: Path) -> None:
    fail(accounts, 1, "my secret password")
    with sqlite3.connect(tmp_path / "fieldmark.db") as raw:
        kept = raw.execute("SELECT * FROM sign_in_try").fetchall()
    assert len(kept) == 1
    assert "secret" not in str(kept)


def test_a_closed_account_opens_nothing(accounts: Accounts) -> None:
    token = make_token(sign_in(accounts, "Ada Lovelace", "correct horse", at=NOW), SIGNER, at=NOW)
    accounts.set_active("Ada Lovelace", False, at=NOW)
    with pytest.raises(AccountError):
        sign_in(accounts, "Ada Lovelace", "correct horse", at=NOW)
    assert read_token(token, accounts, SIGNER, at=NOW) is None


@pytest.mark.parametrize(("name", "password"), [("  ", "long enough"), ("Bo", "short")])
def test_an_account_needs_a_name_and_a_password(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(AccountError):
        register(accounts, name, password, Role.ANNOTATOR, at=NOW)


def test_passwords_are_not_kept(accounts: Accounts) -> None:
    hashes = [one.password_hash for one in accounts.all()]
    assert all(one.startswith("$argon2id$") and "horse" not in one for one in hashes)


def test_a_token_proves_who_it_is_until_it_runs_out_or_the_password_changes(accounts: Accounts) -> None:
    token = make_token(sign_in(accounts, "Ada Lovelace", "correct horse", at=NOW), SIGNER, at=NOW)
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
