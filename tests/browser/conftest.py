"""One server and one Chromium for all journeys; every visitor is a browser profile of its own."""

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.server import Server
from tests.browser.visitor import Visitor
from tests.chromium import FLAGS, chromium_path

DESKTOP = {"width": 1360, "height": 900}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("app") / "data").start()
    yield server
    server.kill()


@pytest.fixture
def own_server(tmp_path) -> Iterator[Server]:
    """A server that a test may kill; not started yet."""
    server = Server(tmp_path / "data")
    yield server
    server.kill()


@pytest.fixture
def come(browser, request) -> Iterator[Callable[..., Visitor]]:
    """Let a new person open the app; at the end all of them must have seen a well-behaved page."""
    visitors: list[Visitor] = []

    def come(server: Server, path: str = "", **options: Any) -> Visitor:
        context = browser.new_context(**{"viewport": DESKTOP, "color_scheme": "light"} | options)
        visitor = Visitor(context.new_page(), server.url)
        visitors.append(visitor)
        return visitor.open(path)

    yield come
    for visitor in visitors:
        visitor.page.context.close()
    for visitor in visitors:
        visitor.check_manners()


@pytest.fixture
def visitor(come, server) -> Visitor:
    """Someone on the first page of the shared server."""
    return come(server)


@pytest.fixture
def photo(cat_pixels, request) -> bytes:
    """Chelsea the cat, a little different in every test, so that tests can share a database."""
    pixels = np.ascontiguousarray(cat_pixels).copy()
    mark = hashlib.sha256(request.node.nodeid.encode()).digest()
    pixels[0, : len(mark), 0] = list(mark)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture
def sha256(photo) -> str:
    return hashlib.sha256(photo).hexdigest()
