"""Who may sign in, and how a browser proves later that somebody did."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from core.errors import AccountError, TooManyTries
from core.signing import Signer
from core.store import Account, Accounts, Role

LEAST_PASSWORD = 8  # characters
MOST_TRIES, TRIED_WITHIN = 5, timedelta(minutes=15)  # wrong passwords for a name; the next must wait
STAYS = timedelta(days=30)
COOKIE = "fieldmark-who"
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


def register(accounts: Accounts, name: str, password: str, role: Role, *, at: datetime) -> Account:
    """Make an account, or give an existing one another password and role.

    Raises:
        AccountError: The password is too short, or the name is empty.
    """
    name = " ".join(name.split())
    if not name:
        raise AccountError("an account needs a name")
    if len(password) < LEAST_PASSWORD:
        raise AccountError(f"a password needs at least {LEAST_PASSWORD} characters")
    account = accounts.put(name, _hasher.hash(password), role, at=at)
    accounts.forget_tries(name)
    return account


def sign_in(accounts: Accounts, name: str, password: str, *, at: datetime) -> Account:
    """Return the account of a name and its password.

    Raises:
        TooManyTries: There were too many wrong passwords under this name, known or not, for the moment.
        AccountError: One of them is wrong; which one is not said, and both take the same time.
    """
    name = " ".join(name.split())
    until = accounts.begin_try(name, most=MOST_TRIES, within=TRIED_WITHIN, at=at)
    if until is not None:
        minutes = max(1, -(-(until - at) // timedelta(minutes=1)))
        raise TooManyTries(
            f"there were {MOST_TRIES} wrong tries under this name; wait {minutes} minute{'s' * (minutes > 1)}, then try again",
            seconds=max(1, -(-(until - at) // timedelta(seconds=1))),
        )
    found = accounts.find(name)
    try:
        _hasher.verify(found.password_hash if found else _NOBODY, password)
    except (Argon2Error, InvalidHashError):
        found = None
    if found is None or not found.active:
        raise AccountError("this name and this password do not belong together")
    accounts.forget_tries(name)
    return found


def make_token(account: Account, signer: Signer, *, at: datetime) -> str:
    """Return what a browser keeps to prove who signed in; it runs out after `STAYS`, and with the password."""
    body = _encode({"name": account.name, "until": (at + STAYS).isoformat()})
    return f"{body}.{signer.sign(_proof(body, account))}"


def read_token(token: str, accounts: Accounts, signer: Signer, *, at: datetime) -> Account | None:
    """Return who a browser is; `None` if the token is not ours, has run out, or its password was changed."""
    body, _, signature = token.partition(".")
    try:
        told = json.loads(urlsafe_b64decode(body.encode()))
        name, until = told["name"], datetime.fromisoformat(told["until"])
    except (ValueError, KeyError, TypeError):
        return None
    found = accounts.find(str(name))
    if found is None or not found.active or until <= at:
        return None
    return found if signer.holds(_proof(body, found), signature) else None


def _encode(values: dict[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(values).encode()).decode()


def _proof(body: str, account: Account) -> str:
    return f"token|{body}|{account.password_hash}"
