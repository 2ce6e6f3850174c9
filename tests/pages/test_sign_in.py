"""The form to sign in, without a browser."""

from datetime import datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.accounts import COOKIE, MOST_TRIES, register
from core.store import Role
from pages._ui import services, sign_in
from tests.unit.store.test_ledger import NOW

PASSWORD = "long enough"


@pytest.fixture
def browser(tmp_path):
    register(services.accounts(), "ada", PASSWORD, Role.ANNOTATOR, at=NOW)
    return TestClient(Starlette(routes=sign_in.ROUTES), follow_redirects=False)


def enter(browser: TestClient, password: str, name: str = "ada"):
    return browser.post("/sign-in", data={"name": name, "password": password, "to": "/review"})


def test_name_and_password_lead_in(browser):
    answer = enter(browser, PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/review")
    assert COOKIE in answer.cookies


def test_guessing_has_to_wait_and_says_how_long(browser, monkeypatch):
    clock = [NOW]

    def now() -> datetime:
        return clock[0]

    monkeypatch.setattr(services, "now", now)
    pages = []
    for name in ("ada", "nobody"):
        answers = [enter(browser, "wrong one", name) for _ in range(MOST_TRIES)]
        assert {answer.status_code for answer in answers} == {403}
        answer = enter(browser, PASSWORD, name)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
        assert "wait 15 minutes" in answer.text
        assert not answer.cookies
        pages.append(answer.text)
    assert pages[0] == pages[1]  # nothing tells which name exists
    clock[0] = NOW + timedelta(minutes=15)
    assert enter(browser, PASSWORD).status_code == 303
