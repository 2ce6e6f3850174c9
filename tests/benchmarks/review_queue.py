"""A queue of a million photos: how long the next one takes, and how long it takes to build the queue.

The rows come straight into the tables, in one transaction; everything that is timed goes through the product.
"""

import argparse
import hashlib
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np

from core.review import DEFAULT_POLICY, POLICIES, Desk
from core.review.queue import place
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.species.explore import THREATENED
from core.store import EVERYTHING, Events, Ledger, Queue, QueueFilter, Unreviewed, open_database

ROWS, BUILT, LABELLED = 1_000_000, 100_000, 200_000
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
DUSK = datetime(2026, 5, 1, 18)
DAY = "2026-05-01"
OF_A_CAMERA, OF_A_BURST = 5_000, 3
ROUNDS = 40
TOP = 5


@dataclass(frozen=True, slots=True)
class Timed:
    """What was asked, and how long it took in ms."""

    what: str
    p50: float
    p95: float

    def row(self) -> str:
        return f"| {self.what} | {self.p50:.1f} ms | {self.p95:.1f} ms |"


class Crowd:
    """A database that is filled at once, and the desk that works on it."""

    def __init__(self, path: Path, rows: int) -> None:
        cards = load_cards(ROOT / "species_info")
        self.tree = load_taxonomy(cards, ROOT / "species_info")
        self.leaves = [leaf.id for leaf in self.tree.leaves]
        self.rows = rows
        self.path = path
        open_database(f"sqlite:///{path}").dispose()
        self._fill()
        self.engine = open_database(f"sqlite:///{path}")
        self.queue = Queue(self.engine)
        self.desk = Desk(
            Ledger(self.engine), self.queue, Events(self.engine), self.tree, POLICIES[DEFAULT_POLICY],
            threatened=frozenset(card.taxon for card in cards.values() if card.iucn in THREATENED),
            learnt_from={},
        )  # fmt: skip

    def _fill(self) -> None:
        """Write photos with a prediction; bursts of three, a minute and a half apart, 5,000 photos a camera."""
        when = NOW.isoformat(timespec="microseconds")
        rng = np.random.default_rng(0)
        chances = np.sort(rng.dirichlet(np.full(TOP, 0.3), self.rows).round(4), axis=1)[:, ::-1].tolist()
        # Some species are common and most are not.
        guesses = (len(self.leaves) * rng.beta(1, 3, (self.rows, TOP))).astype(int).tolist()
        with closing(sqlite3.connect(self.path, isolation_level=None)) as raw:
            raw.execute("PRAGMA synchronous=OFF")
            raw.execute("BEGIN")
            raw.execute(
                "INSERT INTO model_version VALUES (1, ?, 'Made', '1', 'none', ?, '{}', ?)",
                ("m" * 64, "t" * 64, when),
            )
            raw.executemany(
                "INSERT INTO media VALUES (?, ?, 1, 4, 3, 'JPEG', ?)",
                ((n, _sha(n), when) for n in range(1, self.rows + 1)),
            )
            raw.executemany(
                "INSERT INTO media_source (media_id, original_name, door, added_at) VALUES (?, ?, 'cli', ?)",
                ((n, f"{n:07}.jpg", when) for n in range(1, self.rows + 1)),
            )
            raw.executemany(
                "INSERT INTO capture_time (media_id, captured_at, source, added_at) VALUES (?, ?, 'exif', ?)",
                ((n, _taken(n), when) for n in range(1, self.rows + 1)),
            )
            raw.executemany(
                "INSERT INTO capture_deployment (media_id, deployment, source, added_at) VALUES (?, ?, 'cli', ?)",
                ((n, f"camera {n // OF_A_CAMERA}", when) for n in range(1, self.rows + 1)),
            )
            raw.executemany(
                "INSERT INTO prediction VALUES (?, ?, 1, 0.6, 'identified', ?, ?, 0, ?, ?)",
                (
                    (n, n, self.leaves[guess[0]], chance[0],
                     json.dumps([[self.leaves[g], c] for g, c in zip(guess, chance, strict=True)]), when)
                    for n, guess, chance in zip(range(1, self.rows + 1), guesses, chances, strict=True)
                ),
            )  # fmt: skip
            raw.execute("COMMIT")

    def place(self) -> None:
        """Write every photo's place, as `Desk.place_new` would, and its event."""
        learnt: dict[str, int] = {}
        with closing(sqlite3.connect(self.path, isolation_level=None)) as raw:
            raw.execute("PRAGMA synchronous=OFF")
            raw.execute("BEGIN")
            places = (
                place(
                    Unreviewed(sha256, number, shown, tuple(map(tuple, json.loads(top))), ""),
                    threatened=self.desk.threatened, learnt_from=learnt, settles=OF_A_BURST,
                )
                for sha256, number, shown, top in raw.execute(
                    "SELECT sha256, p.id, displayed, top_k FROM prediction p JOIN media m ON m.id = media_id"
                )
            )  # fmt: skip
            raw.executemany(
                "INSERT INTO queue_entry SELECT media_id, id, ?, ?, 1, ?, displayed, confidence, model_id, '' FROM prediction"
                " WHERE id = ?",
                ((one.lane, one.priority, one.audit, one.prediction) for one in places),
            )
            raw.execute("INSERT INTO event_rule VALUES (1, 60, 1, '2026-11-21')")
            bursts = {
                n: (n // OF_A_CAMERA) * OF_A_CAMERA + n % OF_A_CAMERA // OF_A_BURST + 1
                for n in range(1, self.rows + 1)
            }
            raw.executemany(
                "INSERT OR IGNORE INTO event VALUES (?, 1, ?, '', '')",
                ((burst, f"camera {n // OF_A_CAMERA}") for n, burst in bursts.items()),
            )
            raw.executemany(
                "INSERT INTO event_media (rule_id, media_id, event_id, position) VALUES (1, ?, ?, ?)",
                ((n, burst, n % OF_A_BURST) for n, burst in bursts.items()),
            )
            raw.execute("COMMIT")

    def following(self, annotator: str, wanted: QueueFilter = EVERYTHING) -> None:
        """Ask for the next photo."""
        assert self.queue.following(annotator, limit=1, audit=False, at=NOW, wanted=wanted)

    def nothing(self, annotator: str, wanted: QueueFilter) -> None:
        """Ask for a photo that is not there."""
        assert not self.queue.following(annotator, limit=1, audit=False, at=NOW, wanted=wanted)

    def next_for(self, annotator: str, wanted: QueueFilter = EVERYTHING) -> None:
        """Ask for as many photos as a page takes where several people work."""
        assert self.desk.next_for(annotator, limit=60, at=NOW, wanted=wanted)

    def filters(self) -> Iterator[tuple[str, QueueFilter]]:
        """Yield filters that leave much, and little."""
        yield "of a common species", QueueFilter(displayed=frozenset({self.leaves[0]}))
        yield "of a rare species", QueueFilter(displayed=frozenset({self.leaves[-20]}))
        yield "of one camera", QueueFilter(deployment="camera 3")
        yield "of the lane that has only sure photos", QueueFilter(lane="rest")
        yield "of half of all species", QueueFilter(displayed=frozenset(self.leaves[::2]))
        yield "of which the model is at least 99 % sure", QueueFilter(least=0.99)
        yield "of one evening", QueueFilter(taken_from=DAY, taken_to=DAY)
        yield "that is labelled", QueueFilter(status="labelled")

    def label(self, annotator: str, count: int, *, is_open: bool) -> None:
        """Let somebody label the most valuable photos; with `is_open` others must look, too."""
        when = NOW.isoformat(timespec="microseconds")
        with closing(sqlite3.connect(self.path, isolation_level=None)) as raw:
            raw.execute("PRAGMA synchronous=OFF")
            raw.execute("BEGIN")
            raw.execute("INSERT OR IGNORE INTO annotator (name, added_at) VALUES (?, ?)", (annotator, when))
            (who,) = raw.execute("SELECT id FROM annotator WHERE name = ?", (annotator,)).fetchone()
            first = raw.execute(
                "SELECT media_id, q.prediction_id, lane FROM queue_entry q WHERE is_open = 1 AND audit = 0"
                " ORDER BY priority DESC, media_id LIMIT ?",
                (count,),
            ).fetchall()
            acts = [
                (str(UUID(int=(who << 64) + media)), media, who, shown, lane) for media, shown, lane in first
            ]
            raw.executemany(
                "INSERT INTO label_event (id, media_id, annotator_id, kind, reason, shown_prediction_id, acted_at,"
                " received_at, session, comment, lane, blind)"
                f" VALUES (?, ?, ?, 'not_animal', 'none', ?, '{when}', '{when}', '', '', ?, 0)",
                acts,
            )
            raw.executemany(
                "INSERT INTO current_label SELECT media_id, NULL, id, ?, 1, 1, seq FROM label_event WHERE id = ?",
                ((annotator, act[0]) for act in acts),
            )
            raw.executemany(
                "UPDATE queue_entry SET is_open = ?, labelled_by = ? WHERE media_id = ?",
                ((is_open, f"|{who}|", act[1]) for act in acts),
            )
            raw.execute("COMMIT")


def measure(folder: Path, rows: int = ROWS, built: int = BUILT) -> float:
    """Print what a queue of so many photos costs; return the 95th percentile of the next photo in ms."""
    _build(folder, min(rows, built))
    crowd = Crowd(folder / "fieldmark.db", rows)
    crowd.place()
    print(f"| with {rows:,} photos | median | 95th percentile |\n| --- | --- | --- |")
    first = _time("the next photo", lambda: crowd.following("ada"))
    _time("the next 60 photos with their events", lambda: crowd.next_for("ada"))
    _time("how many are done", crowd.queue.progress)
    _time("whether there are new predictions", lambda: crowd.desk.place_new(at=NOW))
    crowd.label("ada", rows // 5, is_open=False)
    worst = [first, _time("the next, a fifth labelled", lambda: crowd.following("ada"))]
    for name, wanted in crowd.filters():
        _time(f"the next, {name}", lambda wanted=wanted: crowd.following("ada", wanted))
        _time(f"the next 60, {name}", lambda wanted=wanted: crowd.next_for("ada", wanted), rounds=20)
    _time("nothing, by a model that never spoke", lambda: crowd.nothing("ada", QueueFilter(model="x")))
    _time("nothing, flagged", lambda: crowd.nothing("ada", QueueFilter(status="flagged")))
    _time(
        "nothing, of a day without photos", lambda: crowd.nothing("ada", QueueFilter(taken_from="2027-01-01"))
    )
    crowd.label("bo", rows // 5, is_open=True)
    _time("the next for somebody who awaits others after a fifth", lambda: crowd.following("bo"))
    _time("the next 60 for the same person", lambda: crowd.next_for("bo"), rounds=20)
    _time("how many are done", crowd.queue.progress)
    _time("how many are left, by reason", crowd.queue.left, rounds=20)
    crowd.engine.dispose()
    return max(one.p95 for one in worst)


def _build(folder: Path, rows: int) -> None:
    """Print how long it takes to group so many new photos into events and to give them their place."""
    crowd = Crowd(folder / "new.db", rows)
    start, busy = time.perf_counter(), time.process_time()
    placed = crowd.desk.place_new(at=NOW)
    took, busy = time.perf_counter() - start, time.process_time() - busy
    assert placed == rows
    crowd.engine.dispose()
    print(f"building the queue of {placed:,} photos: {took:.1f} s, {busy:.1f} s of them work on one core")


def _time(what: str, ask: Callable[[], object], rounds: int = ROUNDS) -> Timed:
    ask()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - start))
    timed = Timed(what, statistics.median(taken), statistics.quantiles(taken, n=20)[-1])
    print(timed.row(), flush=True)
    return timed


def _sha(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def _taken(number: int) -> str:
    burst, position = divmod(number % OF_A_CAMERA, OF_A_BURST)
    return (DUSK + timedelta(seconds=90 * burst + 2 * position)).isoformat()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="?", default=ROWS, help="photos in the queue")
    parser.add_argument("--built", type=int, default=BUILT, help="new photos whose queue is built")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), given.rows, given.built)


if __name__ == "__main__":
    main()
