"""Several people, filters and second looks, in real browsers."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from core.accounts import register
from core.media.embeddings import EmbeddingStore
from core.model import read_bundle
from core.settings import Settings
from core.store import Accounts, Role, open_database
from tests.browser.test_review import all_saved, on_screen, review
from tests.seeded import NOW, seed

PHOTOS = 200


@pytest.fixture
def hashes(own_server) -> list[str]:
    own_server.data.mkdir(parents=True)
    return seed(own_server.data, PHOTOS, species=2)


def sign_in(visitor, name: str):
    visitor.page.get_by_role("link", name="Sign in").click()
    visitor.page.get_by_label("Name").fill(name)
    visitor.page.get_by_label("Password").fill("correct horse")
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.wait_for_url(re.compile("/review$"))
    return review(visitor)


def test_two_people_sign_in_and_get_different_photos(own_server, come, hashes):
    engine = open_database(f"sqlite:///{own_server.data / 'fieldmark.db'}")
    for name in ("Ada", "Bo"):
        register(Accounts(engine), name, "correct horse", Role.ANNOTATOR, at=NOW)
    engine.dispose()
    own_server.start()
    ada, bo = (sign_in(come(own_server, "review"), name) for name in ("Ada", "Bo"))
    assert on_screen(ada) != on_screen(bo)
    for _ in range(5):
        for visitor in (ada, bo):
            visitor.page.keyboard.press("b")
    all_saved(ada)
    all_saved(bo)
    rows = own_server.rows(
        "SELECT name, count(DISTINCT media_id) FROM label_event JOIN annotator ON annotator.id = annotator_id GROUP BY name"
    )
    assert rows == [("Ada", 5), ("Bo", 5)]
    assert own_server.rows("SELECT count(*) FROM current_label") == [(10,)]
    ada.page.reload()
    review(ada)  # the browser is still known
    ada.page.get_by_text("Signed in as Ada").click()
    ada.page.get_by_role("link", name="Sign out").click()
    expect(ada.page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_wrong_password_is_said_and_lets_nobody_in(own_server, come, hashes):
    engine = open_database(f"sqlite:///{own_server.data / 'fieldmark.db'}")
    register(Accounts(engine), "Ada", "correct horse", Role.ANNOTATOR, at=NOW)
    engine.dispose()
    page = come(own_server.start(), "review").page
    answer = page.request.post(
        f"{own_server.url}/sign-in",
        form={"name": "Ada", "password": "wrong", "to": "//evil.example"},
        max_redirects=0,
    )
    assert answer.status == 403
    assert "do not belong together" in answer.text()
    assert "evil" not in answer.text()
    good = page.request.post(
        f"{own_server.url}/sign-in", form={"name": "Ada", "password": "correct horse", "to": "//evil.example"},
        max_redirects=0,
    )  # fmt: skip
    assert (good.status, good.headers["location"]) == (303, "/review")
    assert "HttpOnly" in good.headers["set-cookie"]


def test_a_filter_stands_in_the_address_and_can_be_kept(own_server, come, hashes):
    own_server.start()
    counts = own_server.rows("SELECT displayed, count(*) FROM prediction GROUP BY displayed ORDER BY 2 DESC")
    taxon = next(name for name, _ in counts if name)
    visitor = come(own_server, f"review?taxon={taxon}")
    visitor.page.wait_for_selector(".review .photo[data-sha256]")
    visitor.page.locator(".review").focus()
    chosen = {sha for (sha,) in own_server.rows(
        f"SELECT sha256 FROM media JOIN prediction ON media.id = media_id WHERE displayed = '{taxon}'"
    )}  # fmt: skip
    for _ in range(4):
        assert on_screen(visitor) in chosen
        visitor.page.keyboard.press("b")
    all_saved(visitor)
    visitor.page.get_by_text("Which photos").click()
    visitor.page.get_by_label("Keep this choice as").fill("my animal")
    visitor.page.get_by_role("button", name="Keep", exact=True).click()
    expect(visitor.page.get_by_role("button", name="my animal")).to_be_visible()
    visitor.page.get_by_role("button", name="Show all").click()
    visitor.settle()
    expect(visitor.page).not_to_have_url(re.compile("taxon"))
    visitor.page.get_by_role("button", name="my animal").click()
    visitor.settle()
    expect(visitor.page).to_have_url(re.compile(f"taxon={taxon}"))
    visitor.page.wait_for_timeout(500)
    assert on_screen(visitor) in chosen
    visitor.page.wait_for_load_state("networkidle")


def test_photos_that_look_alike_are_one_key_away(own_server, come, hashes):
    weights = read_bundle(Settings().model).weights_sha256
    near = np.random.default_rng(0).normal(size=(PHOTOS, 8)).astype(np.float32)
    EmbeddingStore(own_server.data / "embeddings", weights).add(hashes, near)
    visitor = review(come(own_server.start()))
    visitor.page.keyboard.press("k")
    expect(visitor.page.locator(".alike li")).to_have_count(12)
    expect(visitor.page.locator(".alike small").first).to_contain_text("says the model")
    shown = on_screen(visitor)
    visitor.page.keyboard.press("b")  # behind the dialog no key labels
    visitor.page.keyboard.press("k")
    expect(visitor.page.locator(".alike")).to_be_hidden()
    assert on_screen(visitor) == shown
    assert own_server.rows("SELECT count(*) FROM label_event") == [(0,)]
    visitor.page.wait_for_load_state("networkidle")


def test_a_label_that_a_sure_model_contradicts_comes_again_once(own_server, come, hashes):
    visitor = review(come(own_server.start()))
    for _ in range(30):
        visitor.page.keyboard.press("b")  # though the model is sure of an animal in some of them
    all_saved(visitor)
    sure = own_server.rows(
        "SELECT count(*) FROM current_label JOIN prediction USING (media_id) WHERE confidence >= 0.9 AND displayed IS NOT NULL"
    )[0][0]
    assert sure
    visitor.page.get_by_text("Second looks, tests").click()
    visitor.page.get_by_role("button", name="Ask again about").click()
    visitor.settle()
    visitor.page.wait_for_timeout(500)
    expect(visitor.page.locator(".why")).to_contain_text("Here again")
    visitor.page.locator(".review").focus()
    first = on_screen(visitor)
    visitor.page.keyboard.press("b")
    all_saved(visitor)
    assert on_screen(visitor) != first
    lanes = own_server.rows("SELECT lane FROM label_event ORDER BY seq DESC LIMIT 1")
    assert lanes == [("contradicted",)]
    visitor.page.wait_for_load_state("networkidle")
