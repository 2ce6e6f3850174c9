"""One correction against a bare insert with the same durability, in the same process."""

import sqlite3
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from core.correct import submit
from core.store import EventKind, LabelEvent, Ledger, open_database
from core.taxonomy import TaxonSearch
from tests.benchmarks.result import Result, alternate
from tests.unit.store.test_ledger import photo

EVENTS, TAXA = 2000, ("panthera-leo", "panthera-pardus")


def measure(folder: Path) -> Iterator[Result]:
    """Yield the results for the store and for the search over names."""
    ledger = Ledger(open_database(f"sqlite:///{folder / 'bench.db'}"))
    marks = "0123456789abcdef"
    for mark in marks:
        ledger.add_photo(photo(mark=mark), size=1, door="cli", at=datetime.now(UTC))
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
    raw.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE e (id, taxon, at);")
    ours, base = [], []
    for number in range(EVENTS + 300):
        now = datetime.now(UTC)
        taxon, sha256 = TAXA[number // 16 % 2], marks[number % 16] * 64
        event = LabelEvent(uuid4(), sha256, EventKind.ASSERT, f"p{number % 160}", now, taxon)
        start = time.perf_counter()
        submit(ledger, event, received_at=now)
        if number >= EVENTS:
            ours.append(1000 * (time.perf_counter() - start))
            start = time.perf_counter()
            raw.execute("INSERT INTO e VALUES (?, ?, ?)", (str(event.id), taxon, now.isoformat()))
            base.append(1000 * (time.perf_counter() - start))
    raw.close()
    middle = statistics.median(ours)
    worst = statistics.quantiles(ours, n=20)[-1]
    what = f"one correction after {EVENTS} others, median, against a bare durable insert"
    yield Result(what, statistics.median(base), middle, "ms", "≤ 20 ms", middle <= 20)
    yield Result("the same, 95th percentile", None, worst, "ms", "≤ 20 ms", worst <= 20)
    yield _search()


def _search() -> Result:
    from rapidfuzz import fuzz, process

    from core.settings import Settings
    from core.species import load_cards, load_taxonomy

    folder = Settings().species_info
    tree = load_taxonomy(load_cards(folder), folder)
    names = [name for taxon in tree.order for name in (taxon.scientific_name, *taxon.names.values())]
    index = TaxonSearch(tree)
    base, ours = alternate(
        lambda: process.extract("elefant", names, scorer=fuzz.WRatio), lambda: index.find("elefant"), 25
    )
    return Result(
        "one search over all names, against rapidfuzz alone", base, ours, "ms", "≤ 50 ms", ours <= 50
    )
