"""The first page against an empty Streamlit page, in a real browser."""

import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks.result import Result
from tests.chromium import FLAGS, chromium_path, free_port

ROOT = Path(__file__).parents[2]
ROUNDS = 5


def measure(folder: Path) -> Iterator[Result]:
    """Yield the time from navigation to the first text of the page, a new visitor each time."""
    empty = folder / "empty.py"
    empty.write_text("import streamlit as st\nst.title('Empty', anchor=False)\n")
    servers = [_Server(empty, folder, folder), _Server(ROOT / "app.py", ROOT, folder)]
    times: list[list[float]] = [[], []]
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
            for number in range(ROUNDS + 1):
                for kept, server in zip(times, servers, strict=True):
                    taken = _paint(browser, server.url)
                    if number:
                        kept.append(taken)
            browser.close()
    finally:
        for server in servers:
            server.stop()
    base, ours = (statistics.median(kept) for kept in times)
    what = "first text of the first page, new visitor, against an empty Streamlit page"
    yield Result(what, base, ours, "ms", "≤ 1.5", ours <= 1.5 * base)


def _paint(browser: Browser, url: str) -> float:
    context = browser.new_context()
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("h1")
    taken = 1000 * (time.perf_counter() - start)
    context.close()
    return taken


class _Server:
    def __init__(self, script: Path, home: Path, data: Path) -> None:
        port = free_port()
        self.url = f"http://localhost:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
             "--server.headless", "true", "--server.fileWatcherType", "none",
             "--browser.gatherUsageStats", "false"],
            cwd=home, env={**os.environ, "FIELDMARK_DATA": str(data)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health").close()
                return
            except OSError:
                time.sleep(0.25)
        raise RuntimeError(f"{script.name} did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
