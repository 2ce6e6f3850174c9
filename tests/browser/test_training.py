"""From mistakes to a better model and back, on the Train page, with drawn animals."""

import os
import re
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from core.settings import Settings
from core.store import Ledger, open_database
from tests.browser.server import Server
from tests.browser.test_manners import AXE, PHONE, violations
from tests.demo.walk import correct, look
from tests.demo.world import make_model, new_place

pytestmark = pytest.mark.browser
LONG = 90_000  # ms; a training on a busy machine


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Server:
    """A house with a model that errs, and the corrections of its mistakes."""
    data = tmp_path_factory.mktemp("taught") / "data"
    settings = Settings(data=data)
    make_model(settings, at=datetime.now(UTC))
    engine = open_database(settings.database)
    ledger = Ledger(engine)
    correct(ledger, look(settings, ledger, new_place()))
    engine.dispose()
    server = Server(data).start()
    yield server
    server.kill()


def button(visitor, key: str):
    return visitor.page.locator(f".st-key-{key} button")


def test_train_promote_roll_back(taught, come):
    visitor = come(taught, "train")
    page = visitor.page
    expect(page.get_by_text(re.compile(r"\d+ photos of 3 different labels to learn from"))).to_be_visible()
    expect(page.get_by_text("Drawn 1 answers since")).to_be_visible()
    button(visitor, "train_go").click()
    expect(page.get_by_text("You may close this page")).to_be_visible()
    expect(button(visitor, "train_go")).to_be_disabled()
    page.reload()  # the work goes on without the page
    expect(page.get_by_test_id("stAlert").get_by_text(re.compile("Better for Lion"))).to_be_visible(
        timeout=LONG
    )
    ((state, problem),) = taught.rows("SELECT state, problem FROM job")
    assert (state, problem) == ("done", "")
    assert taught.rows("SELECT count(*) FROM promotion") == [(1,)], "nothing promotes itself"
    expect(page.get_by_text("Drawn 1 answers since")).to_be_visible()

    visitor.settle()
    page.evaluate(AXE)
    in_light = violations(visitor)
    visitor.wear("dark")
    assert not in_light + violations(visitor)
    visitor.wear("light")

    button(visitor, "promote").click()
    expect(page.get_by_text("This model answers now")).to_be_visible()
    expect(page.get_by_text("Drawn 1.1 answers since")).to_be_visible()
    button(visitor, "roll_back").click()
    expect(page.get_by_text("Drawn 1 answers since")).to_be_visible()
    expect(button(visitor, "promote")).to_be_visible()
    assert taught.rows("SELECT from_name, to_name FROM promotion ORDER BY id") == [
        ("fieldmark-2", "drawn"), ("drawn", "taught-1"), ("taught-1", "drawn"),
    ]  # fmt: skip


def test_keeping_the_old_one_survives_a_reload_and_is_taken_back(taught, come):
    visitor = come(taught, "train")
    page = visitor.page
    button(visitor, "keep_menu").click()
    page.get_by_label("Why, if you like").fill("misses hyenas")
    button(visitor, "keep_old").click()
    said = page.get_by_text(re.compile("The old model goes on answering.*misses hyenas"))
    expect(said).to_be_visible()
    page.reload()
    expect(said).to_be_visible()
    visitor.settle()
    page.evaluate(AXE)
    assert not violations(visitor)
    expect(page.get_by_text("Drawn 1 answers since")).to_be_visible()
    button(visitor, "keep_undo").click()
    expect(said).to_have_count(0)
    expect(button(visitor, "keep_menu")).to_be_visible()
    rows = taught.rows("SELECT name, why, withdrawn FROM declined_model ORDER BY id")
    assert rows == [("taught-1", "misses hyenas", 0), ("taught-1", "", 1)]


def test_the_result_fits_a_phone(taught, come):
    visitor = come(taught, "train", viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    visitor.page.get_by_text("What came of it").wait_for()
    visitor.page.locator(".js-plotly-plot").first.wait_for()
    visitor.settle()
    assert visitor.overflow() <= 0


def test_a_job_that_is_killed_says_so_and_goes_on(taught, come):
    visitor = come(taught, "train")
    button(visitor, "train_go").click()
    visitor.page.get_by_text("You may close this page").wait_for()
    pid = wait_for(lambda: taught.rows("SELECT pid FROM job WHERE state = 'running'"))[0][0]
    os.killpg(pid, signal.SIGKILL)
    expect(visitor.page.get_by_text("The training stopped")).to_be_visible()
    assert taught.rows("SELECT to_name FROM promotion ORDER BY id DESC LIMIT 1") == [("drawn",)]
    button(visitor, "job_resume").click()
    wait_for(lambda: taught.rows("SELECT 1 FROM job WHERE id = (SELECT max(id) FROM job) AND state = 'done'"))
    expect(visitor.page.get_by_text("The training stopped")).to_have_count(0)
    expect(visitor.page.get_by_text("What came of it")).to_be_visible()


def wait_for(what: Callable[[], list], seconds: float = 60) -> list:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found
