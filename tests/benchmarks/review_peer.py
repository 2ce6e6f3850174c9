"""Label Studio, labelled with as Fieldmark is: the same photos, browser, machine and paces, its own hotkeys.

`make bench-review` installs it beside (`scripts/make-peer`); without it there is nothing to compare with. Every press on a task
must become one annotation of that task.
"""

import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from core.settings import ROOT
from tests.chromium import FLAGS, chromium_path, free_port
from tests.seeded import drawing

PROGRAM = Path(os.environ.get("FIELDMARK_PEER", ROOT / ".venv-peer")) / "bin" / "label-studio"
MAIL, PASSWORD, TOKEN = "bench@example.org", "benchmark-1", "0123456789abcdef" * 2 + "01234567"
PACES = (30, 60, 250, 500)  # ms
PRESSES = 60
CONFIG = (
    '<View><Image name="photo" value="$image"/><Choices name="kind" toName="photo" choice="single">'
    '<Choice value="Animal" hotkey="a"/><Choice value="No animal" hotkey="b"/></Choices></View>'
)
STATE = "() => [window.Htx?.task?.id, document.querySelector('img[src^=blob]')?.src]"
# The next task is there when its photo is.
NEXT = """([task, photo]) => {
  const image = document.querySelector('img[src^=blob]')
  return window.Htx?.task?.id !== task && image && image.src !== photo && image.complete && image.naturalWidth
}"""


def measure() -> dict[str, float | int | None]:
    """Label with Label Studio; return labels a minute and acts lost, or nothing and say why."""
    nothing = {"peer_labels_per_minute": None, "peer_lost": None}
    if not PROGRAM.is_file():
        print(f"Label Studio is not installed ({PROGRAM}): nothing to compare with; see scripts/make-peer")
        return nothing
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            with _server(Path(folder)) as url, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
                figures = _label(browser.new_page(viewport={"width": 1280, "height": 900}), url, Path(folder))
                browser.close()
                return figures
        except (TimeoutError, urllib.error.URLError) as error:
            print(f"Label Studio cannot be used here ({error}): nothing to compare with")
            return nothing


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    port = free_port()
    environment = {
        **os.environ, "LABEL_STUDIO_BASE_DATA_DIR": str(folder), "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LATEST_VERSION_CHECK": "false", "COLLECT_ANALYTICS": "false",
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port),
             "--username", MAIL, "--password", PASSWORD, "--user-token", TOKEN],
            cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 180
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"it does not start: {(folder / 'log').read_text()[-300:]}")
            time.sleep(0.5)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5):
            return True
    except OSError:
        return False


def _label(page: Page, url: str, folder: Path) -> dict[str, float | int | None]:
    project = _project(url, count=PRESSES * (len(PACES) + 1) + 20)
    page.goto(f"{url}/user/login/")
    page.fill("input[name=email]", MAIL)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "login" not in address)
    page.goto(f"{url}/projects/{project}/data?labeling=1")
    page.wait_for_function(NEXT, arg=[None, None], timeout=60_000)
    page.wait_for_timeout(1000)
    shown, start = [], time.perf_counter()
    for _ in range(PRESSES):
        state = page.evaluate(STATE)
        _press(page)
        page.wait_for_function(NEXT, arg=state, timeout=30_000)
        shown.append(state[0])
    per_minute = 60 * len(shown) / (time.perf_counter() - start)
    waited = _lost(folder, shown, already=0)
    print(
        f"Label Studio, as fast as it shows the next photo: {per_minute:.0f} labels a minute, {waited} lost"
    )
    print("| pace | presses | on how many photos | annotations | lost |\n| --- | --- | --- | --- | --- |")
    lost = waited
    for pace in PACES:
        already, shown = _annotations(folder), []
        for _ in range(PRESSES):
            began = time.perf_counter()
            shown.append(page.evaluate(STATE)[0])
            _press(page)
            page.wait_for_timeout(max(0.0, pace - 1000 * (time.perf_counter() - began)))
        page.wait_for_timeout(5000)  # whatever is on its way may arrive
        gone = _lost(folder, shown, already=len(already))
        lost += gone
        made = len(_annotations(folder)) - len(already)
        print(f"| {pace} ms | {len(shown)} | {len(set(shown))} | {made} | {gone} |")
        page.reload()  # a fresh start for the next pace
        page.wait_for_function(NEXT, arg=[None, None], timeout=60_000)
        page.wait_for_timeout(1000)
    return {"peer_labels_per_minute": round(per_minute), "peer_lost": lost}


def _press(page: Page) -> None:
    page.keyboard.press("b")
    page.keyboard.press("Control+Enter")


def _lost(folder: Path, shown: list[int], *, already: int) -> int:
    """Return how many presses are in no annotation of the task that was on screen."""
    found = _annotations(folder)[already:]
    for task in shown:
        if task in found:
            found.remove(task)
    return len(shown) - (len(_annotations(folder)) - already - len(found))


def _annotations(folder: Path) -> list[int]:
    """Return the tasks of all annotations that say what was pressed, in the order in which they were made."""
    with closing(sqlite3.connect(f"file:{folder / 'label_studio.sqlite3'}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT task_id, result FROM task_completion ORDER BY id").fetchall()
    return [task for task, result in rows if "No animal" in result]


def _project(url: str, count: int) -> int:
    """Make a project with drawn photos; return its number."""
    made = _post(
        f"{url}/api/projects",
        json.dumps({"title": "bench", "label_config": CONFIG, "sampling": "Sequential sampling"}).encode(),
        "application/json",
    )
    for first in range(0, count, 50):
        mark = uuid.uuid4().hex
        parts = b"".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="f{n}"; filename="{n:04}.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n".encode() + drawing(n) + b"\r\n"
            for n in range(first, min(first + 50, count))
        )  # fmt: skip
        body = parts + f"--{mark}--\r\n".encode()
        _post(f"{url}/api/projects/{made['id']}/import", body, f"multipart/form-data; boundary={mark}")
    return int(made["id"])


def _post(url: str, body: bytes, kind: str) -> dict[str, int]:
    asked = urllib.request.Request(
        url, body, {"Authorization": f"Token {TOKEN}", "Content-Type": kind}, method="POST"
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read())


if __name__ == "__main__":
    print(json.dumps(measure()))
