"""Eight people label at once for two minutes, each in a browser window and under an account of their own.

`python -m tests.benchmarks.reviewers`. Everybody signs in through the form and presses a key every 400 ms. Every press must be in
the database once, under the name of who pressed, on the photo that was on that screen, and say what the key said there.
"""

import os
import statistics
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from core.accounts import register
from core.store import Accounts, ReviewStore, Role, open_database
from tests.browser.server import Server
from tests.chromium import FLAGS, chromium_path
from tests.seeded import seed

PEOPLE = ("ada", "bo", "cy", "dee", "eli", "fay", "gus", "hal")
PASSWORD = "eight at once"
PACE, SECONDS = 400, 120  # ms between keys
PHOTOS = 3_200
POLICY = "solo"
SETTLES = 60_000  # ms to wait for the last acts

# Presses no animal and the first choice in turns, says what was on screen, and goes on for so many seconds.
LABEL = """
([pace, seconds]) => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.review')).find(Boolean)
    ?? document.querySelector('.review')
  const photo = root.querySelector('.photo'), saved = root.querySelector('.saved')
  const later = ms => new Promise(done => setTimeout(done, ms))
  const pressed = [], paints = [], durable = []
  const unsaved = []
  const waiting = () => Number(saved.dataset.pending)
  let idle = 0
  const watch = () => {  // acts are saved in their order
    for (const left = waiting(); unsaved.length > left;) durable.push(performance.now() - unsaved.shift())
  }
  const clock = setInterval(watch, 10)
  const work = async () => {
    const end = performance.now() + 1000 * seconds
    for (let n = 0; performance.now() < end; n++) {
      const began = performance.now(), sha256 = photo.dataset.sha256, before = waiting()
      const taxon = root.querySelector('.choices button')?.dataset.taxon
      const key = n % 2 && taxon ? '1' : 'b'
      document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }))
      if (waiting() === before) idle++  // the surface made no act of it: there was no photo
      else {
        await photo.decode().catch(() => {})
        await new Promise(requestAnimationFrame)
        paints.push(performance.now() - began)
        pressed.push([sha256, key === 'b' ? null : taxon])
        unsaved.push(began)
      }
      await later(Math.max(0, pace - (performance.now() - began)))
    }
    while (waiting()) await later(20)
    await later(50)
    clearInterval(clock)
    watch()
    return { pressed, paints, durable, idle }
  }
  window.fieldmarkWork = work()
}
"""


def main() -> None:
    """Label together, compare the database with what was pressed; exit with 1 if anything was lost or crossed."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        seed(data, PHOTOS)
        _open_house(data)
        server = Server(data).start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
                pages = [_enter(browser, server, name) for name in PEOPLE]
                before, worked = _memory(server), _cpu_seconds(server)
                for page in pages:
                    page.evaluate(LABEL, [PACE, seconds])
                pages[0].wait_for_timeout(1000 * seconds)
                runs = {}
                for name, page in zip(PEOPLE, pages, strict=True):
                    page.set_default_timeout(SETTLES)
                    runs[name] = page.evaluate("() => window.fieldmarkWork")
                after, worked = _memory(server), _cpu_seconds(server) - worked
                browser.close()
            wrong = _report(server, runs, seconds)
            acts = sum(len(run["pressed"]) for run in runs.values())
            print(
                f"the server worked {1000 * worked / acts:.0f} ms for an act; browsers and server share {os.cpu_count()} cores"
            )
            print(f"memory of the server: {before} MB when all had come, {after} MB at the end")
        finally:
            server.kill()
    raise SystemExit(wrong > 0)


def _open_house(data: Path) -> None:
    engine = open_database(f"sqlite:///{data / 'fieldmark.db'}")
    now = datetime.now(UTC)
    for name in PEOPLE:
        register(Accounts(engine), name, PASSWORD, Role.ANNOTATOR, at=now)
    ReviewStore(engine).set_policy(POLICY, PEOPLE[0], at=now)
    engine.dispose()


def _enter(browser: Browser, server: Server, name: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("button")
    page.wait_for_selector(".review .photo[data-sha256]", timeout=120_000)
    page.wait_for_timeout(1500)
    return page


def _report(server: Server, runs: dict[str, dict], seconds: int) -> int:
    """Print what was pressed and what is stored; return how many acts are lost, crossed or doubled."""
    stored = Counter(server.rows(
        "SELECT annotator.name, sha256, taxon FROM label_event JOIN media ON media.id = media_id"
        " JOIN annotator ON annotator.id = annotator_id"
    ))  # fmt: skip
    pressed = Counter((name, sha256, taxon) for name, run in runs.items() for sha256, taxon in run["pressed"])
    lost, strange = (pressed - stored).total(), (stored - pressed).total()
    shown = Counter(sha256 for run in runs.values() for sha256 in {one for one, _ in run["pressed"]})
    paints = [ms for run in runs.values() for ms in run["paints"]]
    durable = [ms for run in runs.values() for ms in run["durable"]]
    print(
        f"{len(runs)} people, {seconds} s, a key every {PACE} ms: {pressed.total()} acts, {stored.total()} stored"
    )
    print(f"{lost} lost, {strange} on another photo, under another name or doubled")
    print(f"{sum(n > 1 for n in shown.values())} photos were given to two people at once")
    print(f"{sum(run['idle'] for run in runs.values())} keys found no photo to label")
    for what, values in (("key to the next photo painted", paints), ("key to durable", durable)):
        cuts = statistics.quantiles(values, n=100)
        print(f"{what}: median {cuts[49]:.0f} ms, 95th percentile {cuts[94]:.0f} ms")
    return lost + strange


def _memory(server: Server) -> int:
    """Return the resident memory of the server in MB."""
    assert server._process is not None
    status = Path(f"/proc/{server._process.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def _cpu_seconds(server: Server) -> float:
    """Return for how many seconds the server has used a core."""
    assert server._process is not None
    fields = Path(f"/proc/{server._process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
