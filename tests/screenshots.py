"""Take the pictures of the README anew: `make screenshots`. All photos in them are our drawings."""

import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.chromium import FLAGS, chromium_path, free_port

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "screenshots"
DESKTOP, PHONE = (1360, 900), (390, 844)


def main() -> None:
    """Start the app on an empty data folder and photograph its screens."""
    OUT.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, env=_environment(data), stdout=subprocess.DEVNULL)
        try:
            _wait(port)
            _take_all(f"http://localhost:{port}")
        finally:
            server.terminate()
            server.wait()


def _environment(data: str) -> dict[str, str]:
    import os

    return {**os.environ, "FIELDMARK_DATA": data}


def _wait(port: int) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health")
            return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("the app did not start")


def _take_all(url: str) -> None:
    shots = [
        ("first-visit", "light", DESKTOP, _first_visit),
        ("identify", "light", DESKTOP, _flamingo),
        ("identify-phone", "dark", PHONE, _flamingo),
        ("species", "dark", DESKTOP, _species),
        ("card", "light", DESKTOP, _card),
        ("models", "light", DESKTOP, _models),
        ("compare", "light", DESKTOP, _compare),
        ("review", "dark", DESKTOP, _review),
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        for name, scheme, (width, height), prepare in shots:
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            prepare(page, url)
            page.wait_for_timeout(1500)  # let pictures and bars settle
            page.screenshot(path=OUT / f"{name}.png")
            page.close()
            print(f"docs/screenshots/{name}.png")
        browser.close()


def _first_visit(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".fm-hero img")
    page.wait_for_selector("input[type=file]", state="attached")


def _flamingo(page: Page, url: str) -> None:
    _first_visit(page, url)
    page.get_by_role("button", name="A flamingo").click()
    page.wait_for_selector(".fm-ladder", timeout=60_000)
    page.wait_for_selector(".fm-card")


def _species(page: Page, url: str) -> None:
    page.goto(f"{url}/species")
    page.wait_for_selector(".fm-grid")


def _card(page: Page, url: str) -> None:
    page.goto(f"{url}/species?taxon=panthera-pardus&here=KEN")
    page.wait_for_selector(".fm-card")


def _compare(page: Page, url: str) -> None:
    page.goto(f"{url}/species?compare=panthera-pardus,panthera-onca&here=KEN")
    page.locator(".fm-card").nth(1).wait_for()


def _review(page: Page, url: str) -> None:
    _flamingo(page, url)
    page.goto(f"{url}/review")
    page.wait_for_selector(".review .photo[data-sha256]")


def _models(page: Page, url: str) -> None:
    page.goto(f"{url}/models")
    page.get_by_role("tab", name="Taken for").click()
    page.wait_for_selector("[data-testid=stPlotlyChart]:visible >> nth=-1")
    page.get_by_role("tab", name="Taken for").evaluate("e => e.scrollIntoView({block: 'start'})")


if __name__ == "__main__":
    main()
