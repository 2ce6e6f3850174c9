"""Which photos a browser is given, without a browser."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.accounts import COOKIE, make_token, register
from core.review.filters import FilterWords
from core.store import Role
from core.taxonomy import Rank
from pages._ui import giving, routes, services
from pages._ui.desk import desk
from tests.seeded import seed
from tests.unit.store.test_ledger import NOW

ALL = FilterWords()


@pytest.fixture
def browser():
    return TestClient(Starlette(routes=giving.ROUTES))


@pytest.fixture
def hashes(tmp_path) -> list[str]:
    found = seed(tmp_path, 12)
    desk().place_new(at=NOW)
    return found


def asked(browser: TestClient, by: str, words: FilterWords = ALL) -> list[str]:
    answer = browser.get(giving.address(by, words))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    return [item["sha256"] for item in answer.json()["items"]]


def sign_in(browser: TestClient, name: str) -> None:
    account = register(services.accounts(), name, "long enough", Role.ANNOTATOR, at=services.now())
    browser.cookies.set(COOKIE, make_token(account, routes.signer(), at=services.now()))


def test_who_works_alone_is_given_all_that_waits(browser, hashes):
    assert set(asked(browser, "me")) == set(hashes)
    assert giving.low() is None


def test_a_choice_goes_along_with_the_address(browser, hashes, ledger):
    said = {one: ledger.predictions(one)[-1].displayed for one in hashes}
    tree = services.taxonomy()
    species = next(name for name in said.values() if name and tree.get(name).rank is Rank.SPECIES)
    expected = {one for one, name in said.items() if name == species}
    assert set(asked(browser, "me", FilterWords(taxon=species))) == expected != set(hashes)


def test_a_choice_that_means_nothing_any_more_is_said(browser, hashes):
    answer = browser.get(giving.address("me", FilterWords(taxon="dodo")))
    assert (answer.status_code, "reload" in answer.text) == (400, True)


def test_no_two_people_are_given_the_same(browser, hashes, monkeypatch):
    monkeypatch.setattr(giving, "SHARED_WINDOW", 5)
    sign_in(browser, "ada")
    mine = asked(browser, "ada")
    assert asked(browser, "ada") == mine
    sign_in(browser, "bo")
    theirs = asked(browser, "bo")
    assert (len(mine), len(theirs)) == (5, 5)
    assert not set(mine) & set(theirs)
    assert giving.low() == giving.SHARED_LOW < 60


def test_an_address_is_for_one_person_and_one_choice(browser, hashes):
    address = giving.address("me", ALL)
    for strange in ("/next", address.replace("by=me", "by=bo"), address.replace("of=", "of=lane%3Dunsure")):
        assert browser.get(strange).status_code == 403
    sign_in(browser, "ada")
    assert browser.get(address).status_code == 403
    assert browser.get(giving.address("ada", ALL)).status_code == 200
    browser.cookies.clear()
    answer = browser.get(giving.address("ada", ALL))
    assert (answer.status_code, answer.text) == (403, "Sign in again to see more photos.")
