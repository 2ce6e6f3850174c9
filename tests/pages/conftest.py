"""Run screens without a browser, each test on its own empty data folder."""

from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from core.settings import ROOT
from core.store import Ledger, open_database
from pages._ui import services
from tests.pages.screen import Screen


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch) -> Iterator[None]:
    """A fresh data folder; the model is loaded once for all tests, everything else anew."""
    monkeypatch.setenv("FIELDMARK_DATA", str(tmp_path))
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def navigation(monkeypatch) -> None:
    """Start every run as the server does after importing app.py: with `st.navigation` in charge.

    AppTest forgets that between two runs, and would run the files in `pages/` without app.py.
    """
    start = PagesManager.__init__

    def start_with_navigation(self, *args, **kwargs):
        start(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", start_with_navigation)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """The test's own door to the database that the screens write to."""
    engine = open_database(services.Settings().database)
    yield Ledger(engine)
    engine.dispose()


@pytest.fixture
def visit(monkeypatch, classifier) -> Callable[..., Screen]:
    """Open the app; `model` takes the place of the bundled model, parameters go into the address."""

    def visit(page: str = "identify", *, model=classifier, **parameters: str) -> Screen:
        monkeypatch.setattr(services, "classifier", lambda: model)
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if page != "identify":
            at.run()
            at.switch_page(f"pages/{page}.py")
        at.query_params.update(parameters)
        at.run()
        return Screen(at)

    return visit


@pytest.fixture
def downloads(monkeypatch) -> dict[str, str]:
    """What the download buttons on screen would give, by file name."""
    given: dict[str, str] = {}
    draw = st.download_button

    def draw_and_remember(label, data, file_name, *args, **kwargs):
        given[file_name] = data
        return draw(label, data, file_name, *args, **kwargs)

    monkeypatch.setattr(st, "download_button", draw_and_remember)
    return given
