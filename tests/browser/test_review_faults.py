"""The disk under the server is full: nothing is called saved, the page says so, and all is saved once there is room."""

import resource

import pytest
from playwright.sync_api import expect

from tests.seeded import seed

pytestmark = pytest.mark.browser

ACTS = 5


def test_a_full_disk_is_said_and_nothing_is_lost(own_server, come):
    own_server.data.mkdir(parents=True, exist_ok=True)
    seed(own_server.data, 40)
    visitor = come(own_server.start())
    visitor.open("review")
    visitor.page.wait_for_selector(".review .photo[data-sha256]")
    visitor.page.locator(".review").focus()
    saved = visitor.page.locator(".saved")
    server = own_server._process.pid
    unlimited = resource.prlimit(server, resource.RLIMIT_FSIZE)
    resource.prlimit(server, resource.RLIMIT_FSIZE, (1, unlimited[1]))  # no file of the server may grow
    try:
        for _ in range(ACTS):
            visitor.page.keyboard.press("b")
        expect(visitor.page.get_by_text("Not saved yet: nothing was stored").first).to_be_visible()
        expect(saved).to_have_attribute("data-pending", str(ACTS))
        assert own_server.rows("SELECT count(*) FROM label_event") == [(0,)]
    finally:
        resource.prlimit(server, resource.RLIMIT_FSIZE, unlimited)
    expect(saved).to_have_attribute("data-pending", "0")
    expect(visitor.page.locator(".trouble")).to_be_hidden()
    visitor.complaints.clear()  # of a server that could not store
    assert own_server.rows("SELECT count(*) FROM label_event") == [(ACTS,)]
