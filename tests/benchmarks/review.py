"""How fast one can label, and whether anything is lost: `make bench-review`.

A real browser presses real keys at four paces, and as fast as photos are painted; then the server is killed in the middle of a
burst and started again. Every press must be in the database, on the photo that was on screen. A queue of a million photos is asked
for the next one, and Label Studio is labelled with in the same way (`review_peer.py`). The last line is one JSON object; figures of
Label Studio are null in it where it is not installed.
"""

import json
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks import review_peer, review_queue
from tests.browser.server import Server
from tests.chromium import FLAGS, chromium_path
from tests.seeded import seed

PACES = (30, 60, 250, 500)  # ms
PRESSES = 60
BURST = 400
PHOTOS = 1500
GRID_PHOTOS = 1000

# Presses a key as a person would, and waits until the next photo is decoded and painted.
PRESS = """
async ([count, pace]) => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.review')).find(Boolean)
    ?? document.querySelector('.review')
  const photo = root.querySelector('.photo'), saved = root.querySelector('.saved')
  const frame = () => new Promise(requestAnimationFrame)
  const shown = [], paints = [], durable = []
  const start = performance.now()
  for (let n = 0; n < count; n++) {
    const began = performance.now(), before = photo.dataset.sha256
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'b', bubbles: true, composed: true, cancelable: true }))
    shown.push(before)
    await photo.decode().catch(() => {})
    await frame()
    paints.push(performance.now() - began)
    if (photo.dataset.sha256 === before) break
    if (pace >= 250) {
      while (saved.dataset.pending !== '0') await new Promise(done => setTimeout(done, 5))
      durable.push(performance.now() - began)
    }
    const rest = pace - (performance.now() - began)
    if (rest > 0) await new Promise(done => setTimeout(done, rest))
  }
  const ended = performance.now()
  while (saved.dataset.pending !== '0') await new Promise(done => setTimeout(done, 20))
  return { shown, paints, durable, ms: ended - start, drained: performance.now() - ended }
}
"""
# Selects all photos of a group and labels them, until so many are labelled; each round ends when all are durable.
GRID = """
async wanted => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.review')).find(Boolean)
  const saved = root.querySelector('.saved'), tiles = root.querySelector('.tiles')
  const press = key => document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }))
  const frame = () => new Promise(requestAnimationFrame)
  press('v')
  await frame()
  let done = 0
  const acts = [], start = performance.now()
  while (done < wanted) {
    while (!tiles.children.length || root.querySelector('.grid').hidden) await new Promise(later => setTimeout(later, 10))
    press('e')
    await frame()
    const size = tiles.querySelectorAll('[aria-pressed=true]').length, began = performance.now()
    press('b')
    await frame()
    while (saved.dataset.pending !== '0') await new Promise(later => setTimeout(later, 5))
    acts.push([size, performance.now() - began])
    done += size
  }
  return { done, acts, ms: performance.now() - start }
}
"""
UNDO = """
async () => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.review')).find(Boolean)
  const photo = root.querySelector('.photo'), began = performance.now()
  document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Backspace', bubbles: true, composed: true, cancelable: true }))
  await photo.decode().catch(() => {})
  await new Promise(requestAnimationFrame)
  return performance.now() - began
}
"""


def main() -> None:
    """Measure, print a table, and a JSON object as the last line; exit with 1 if anything was lost or misplaced."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        seed(data, PHOTOS)
        server = Server(data).start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
                result = measure(browser.new_page(viewport={"width": 1280, "height": 900}), server)
                browser.close()
        finally:
            server.kill()
    result |= grid()
    with tempfile.TemporaryDirectory() as folder:
        result["next_item_1m_ms"] = round(review_queue.measure(Path(folder)), 1)
    result |= review_peer.measure()
    print(json.dumps(result))
    raise SystemExit(bool(result["lost"] or result["misplaced"]))


def grid() -> dict[str, float]:
    """Label 1,000 photos of one group in the grid, in a data folder of its own; return its figures."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        hashes = seed(data, PHOTOS, species=1)
        server = Server(data).start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                _open(page, server)
                run = page.evaluate(GRID, GRID_PHOTOS)
                browser.close()
            stored = server.rows("SELECT count(*) FROM current_label")[0][0]
        finally:
            server.kill()
    size, took = max(run["acts"])
    per_minute = 60_000 * run["done"] / run["ms"]
    print(
        f"grid: {run['done']} of {len(hashes)} photos in {len(run['acts'])} acts, {per_minute:.0f} photos a minute; {size} at once durable in {took:.0f} ms"
    )
    assert stored == run["done"], f"{run['done']} were labelled, {stored} are stored"
    return {"grid_photos_per_minute": round(per_minute), "bulk_500_ms": round(took * 500 / size, 1)}


def measure(page: Page, server: Server) -> dict[str, float | int | None]:
    """Return the figures of the last line."""
    _open(page, server)
    shown: list[str] = []
    paints, durable = [], []
    print(
        "| pace | presses | paint p50 | paint p95 | durable p50 | durable p95 |\n| --- | --- | --- | --- | --- | --- |"
    )
    for pace in PACES:
        run = page.evaluate(PRESS, [PRESSES, pace])
        shown += run["shown"]
        paints += run["paints"]
        durable += run["durable"]
        waits = [f"{_at(run['durable'], q):.0f} ms" if run["durable"] else "" for q in (50, 95)]
        print(
            f"| {pace} ms | {len(run['shown'])} | {_at(run['paints'], 50):.0f} ms | {_at(run['paints'], 95):.0f} ms | {waits[0]} | {waits[1]} |"
        )
    run = page.evaluate(PRESS, [BURST, 0])
    shown += run["shown"]
    per_minute = 60_000 * len(run["shown"]) / run["ms"]
    print(
        f"as fast as photos are painted: {per_minute:.0f} labels a minute, {run['drained']:.0f} ms more until all are durable"
    )
    undos = [page.evaluate(UNDO) for _ in range(20)]
    page.wait_for_function(_SAVED)
    undone = set(shown[-20:])
    print(f"undo, p95: {_at(undos, 95):.0f} ms")
    killed = _kill(page, server)
    expected = (set(shown) - undone) | set(killed)
    stored = {
        sha256
        for (sha256,) in server.rows("SELECT sha256 FROM current_label JOIN media ON media.id = media_id")
    }
    acts = [sha256 for (sha256,) in server.rows(
        "SELECT sha256 FROM label_event JOIN media ON media.id = media_id WHERE kind = 'not_animal' ORDER BY seq"
    )]  # fmt: skip
    missing = len(expected - stored)
    strange = len(stored - expected) + abs(len(acts) - len(shown) - len(killed))
    print(
        f"{len(shown) + len(killed)} presses, {missing} lost, {strange} on the wrong photo or doubled; 20 of them with the server killed"
    )
    return {
        "lost": missing, "misplaced": strange, "paint_p95_ms": round(_at(paints, 95), 1),
        "durable_p95_ms": round(_at(durable, 95), 1), "labels_per_minute": round(per_minute),
        "undo_ms": round(_at(undos, 95), 1),
    }  # fmt: skip


_SAVED = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.review')).find(Boolean)
  return root.querySelector('.saved').dataset.pending === '0'
}"""


def _open(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/review")
    page.wait_for_selector(".review .photo[data-sha256]", timeout=60_000)
    page.wait_for_timeout(1500)


def _kill(page: Page, server: Server) -> list[str]:
    """Press 20 keys, kill the server after the tenth, start it again; return what was on screen."""
    shown = []
    port = int(server.url.rsplit(":", 1)[1])
    for number in range(20):
        if number == 10:
            server.kill()
        shown.append(str(page.locator(".photo").get_attribute("data-sha256")))
        page.keyboard.press("b")
    server.start(port=port)
    _open(page, server)
    page.wait_for_function(_SAVED, timeout=60_000)
    return shown


def _at(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    main()
