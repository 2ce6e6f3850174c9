"""What a browser sends that a person did, without a browser."""

import json
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.accounts import COOKIE, make_token, register
from core.errors import StoreError
from core.store import Ledger, Role, schema
from pages._ui import acts, routes, services
from pages._ui.desk import desk
from tests.seeded import seed
from tests.unit.store.test_ledger import NOW

PASSWORD = "long enough"


@pytest.fixture
def browser():
    return TestClient(Starlette(routes=acts.ROUTES))


@pytest.fixture
def hashes(tmp_path) -> list[str]:
    found = seed(tmp_path, 6)
    desk().place_new(at=NOW)
    return found


def act(sha256: str, **given: object) -> dict[str, object]:
    return {"id": str(uuid4()), "sha256": sha256, "kind": "not_animal", "acted_at": NOW.isoformat(), **given}


def send(browser: TestClient, message: object, by: str = "me"):
    return browser.post(acts.address(by), content=json.dumps(message))


def sign_in(browser: TestClient, name: str) -> None:
    account = register(services.accounts(), name, PASSWORD, Role.ANNOTATOR, at=services.now())
    browser.cookies.set(COOKIE, make_token(account, routes.signer(), at=services.now()))


def holders() -> Mapping[str, str]:
    query = (
        sa.select(schema.media.c.sha256, schema.annotator.c.name)
        .select_from(schema.lease)
        .join(schema.media, schema.media.c.id == schema.lease.c.media_id)
        .join(schema.annotator, schema.annotator.c.id == schema.lease.c.annotator_id)
    )
    with services.engine().connect() as connection:
        return {sha256: name for sha256, name in connection.execute(query)}


def test_what_is_kept_is_acknowledged_and_again_changes_nothing(browser, hashes, ledger):
    message = {"acts": [act(hashes[0]), act(hashes[1], kind="confirm", taxon="felidae")], "session": "s"}
    for _ in range(2):
        answer = send(browser, message)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert answer.json() == {
            "settled": [one["id"] for one in message["acts"]], "said": [], "labelled": 2, "total": 6,
        }  # fmt: skip
    (event,) = ledger.history(hashes[1])
    assert (event.annotator, event.taxon, event.session) == ("me", "felidae", "s")


def test_what_can_never_be_kept_is_settled_too_and_said(browser, hashes):
    strange, malformed = act("f" * 64), act(hashes[0], taxon="felidae")
    answer = send(browser, {"acts": [strange, malformed, act(hashes[2])]}).json()
    assert {strange["id"], malformed["id"]} < set(answer["settled"])
    assert len(answer["settled"]) == 3
    assert sorted(answer["said"])[1].startswith("One act could not be kept: photo ffff")
    assert answer["labelled"] == 1


def test_an_address_holds_for_one_name_and_only_a_page_can_make_it(browser, hashes, ledger):
    message = json.dumps({"acts": [act(hashes[0])]})
    for address in ("/acts", "/acts?by=me&s=guess", acts.address("me").replace("by=me", "by=bo")):
        assert browser.post(address, content=message).status_code == 403
    assert ledger.history(hashes[0]) == []
    assert browser.get(acts.address("me")).status_code == 405


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'"acts"'])
def test_what_is_no_message_is_refused(browser, body):
    assert browser.post(acts.address("me"), content=body).status_code == 400


def test_a_message_without_end_is_not_read_to_its_end(browser, monkeypatch):
    monkeypatch.setattr(acts, "MOST_BYTES", 1000)
    assert send(browser, {"acts": [], "session": "s" * 1000}).status_code == 413


def test_nothing_is_acknowledged_that_the_database_refuses(browser, hashes, monkeypatch):
    def refuse(*args: object, **more: object) -> None:
        raise StoreError("nothing was stored, the database refuses: full")

    monkeypatch.setattr(Ledger, "append_all", refuse)
    answer = send(browser, {"acts": [act(hashes[0])]})
    assert answer.status_code == 503
    assert answer.text == "Not saved yet: nothing was stored, the database refuses: full"


def test_with_accounts_only_the_one_who_signed_in_is_believed(browser, hashes, ledger):
    message = {"acts": [act(hashes[0])]}
    register(services.accounts(), "bo", PASSWORD, Role.ANNOTATOR, at=NOW)
    answer = send(browser, message, by="bo")
    assert (answer.status_code, answer.text) == (403, "Not saved: sign in again.")
    sign_in(browser, "ada")
    assert send(browser, message, by="bo").status_code == 403
    assert ledger.history(hashes[0]) == []
    assert send(browser, message, by="ada").status_code == 200
    services.accounts().set_active("ada", False, at=NOW)
    assert send(browser, {"acts": [act(hashes[1])]}, by="ada").status_code == 403
    assert ledger.history(hashes[1]) == []


def test_what_two_must_agree_on_waits_for_the_second(browser, hashes):
    sign_in(browser, "ada")
    services.review().set_policy("two", "ada", at=NOW)
    assert send(browser, {"acts": [act(hashes[0])]}, by="ada").json()["labelled"] == 0
    sign_in(browser, "bo")
    assert send(browser, {"acts": [act(hashes[0])]}, by="bo").json()["labelled"] == 1


def test_the_browser_says_which_photos_it_keeps(browser, hashes):
    sign_in(browser, "ada")
    send(browser, {"acts": [], "held": [*hashes[:2], 7, "f" * 64]}, by="ada")
    assert holders() == dict.fromkeys(hashes[:2], "ada")
    for nothing in ("abc", 5, None):
        assert send(browser, {"acts": [], "held": nothing}, by="ada").status_code == 200
    sign_in(browser, "bo")
    send(browser, {"acts": [], "held": hashes[1:3]}, by="bo")
    assert holders() == {hashes[0]: "ada", hashes[1]: "ada", hashes[2]: "bo"}
    given = desk().next_for("bo", limit=9, at=services.now() + timedelta(minutes=1))
    assert not {one.photo.sha256 for one in given} & set(hashes[:2])


def test_who_works_alone_holds_nothing(browser, hashes):
    send(browser, {"acts": [], "held": hashes})
    assert holders() == {}
