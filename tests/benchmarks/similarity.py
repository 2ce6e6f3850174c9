"""The nearest of a million photos: from disk by chunks, against numpy on an array in memory.

    python -m tests.benchmarks.similarity [--rows 1000000] [--width 384] [--folder DIR]

Each search runs in a process of its own, so that its peak of memory is its own. The embeddings are random; exact search
takes as long for any.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from core.media.embeddings import EmbeddingStore, unit
from core.media.perceptual import near_duplicates
from core.review.similarity import walk_order

MODEL, K, ROUNDS, BLOCK = "f" * 64, 10, 5, 50_000


def names(start: int, count: int) -> list[str]:
    random = np.random.default_rng(start)
    return [row.tobytes().hex() for row in random.integers(0, 256, (count, 32), np.uint8)]


def rows_of(start: int, count: int, width: int) -> np.ndarray:
    return np.random.default_rng([7, start]).standard_normal((count, width), np.float32)


def build(folder: Path, rows: int, width: int) -> float:
    """Write the store and return how many photos a second."""
    store, taken = EmbeddingStore(folder, MODEL), 0.0
    for start in range(len(store), rows, BLOCK):
        some, hashes = rows_of(start, min(BLOCK, rows - start), width), names(start, min(BLOCK, rows - start))
        began = time.perf_counter()
        store.add(hashes, some)
        taken += time.perf_counter() - began
    return rows / max(taken, 1e-9)


def search(kind: str, folder: Path, rows: int, width: int, queries: int) -> None:
    """Print median milliseconds, megabytes gained at the peak over the idle process, and the first photo found."""
    wanted = rows_of(1, queries, width)
    idle = peak_kib()
    if kind == "ours":
        store = EmbeddingStore(folder, MODEL)

        def once() -> str:
            return store.nearest(wanted, K)[0][0].sha256
    else:
        ids = [name for start in range(0, rows, BLOCK) for name in names(start, min(BLOCK, rows - start))]
        held = np.empty((rows, width), np.float32)
        for start in range(0, rows, BLOCK):
            held[start : start + BLOCK] = unit(rows_of(start, min(BLOCK, rows - start), width))
        target = unit(wanted)

        def once() -> str:
            scores = target @ held.T
            found = np.argpartition(-scores, K, axis=1)[:, :K]
            return ids[int(found[0][np.argmax(scores[0, found[0]])])]

    times = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        first = once()
        times.append(1000 * (time.perf_counter() - began))
    print(statistics.median(times[1:]), (peak_kib() - idle) / 1024, first)


def peak_kib() -> int:
    """Return the most memory that this process ever had, by Linux's own count (`getrusage` inherits the parent's)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def others() -> None:
    """Print how long the rest takes."""
    random = np.random.default_rng(0)
    hashes = {f"{n:064x}": f"{int(h):016x}" for n, h in enumerate(random.integers(0, 2**63, 1_000_000))}
    began = time.perf_counter()
    near_duplicates("0" * 16, hashes)
    print(f"near-duplicates of one photo among 1,000,000: {1000 * (time.perf_counter() - began):.0f} ms")
    for count in (500, 2000):
        vectors = random.standard_normal((count, 384), np.float32)
        began = time.perf_counter()
        walk_order(vectors)
        print(f"walk order of {count} photos: {1000 * (time.perf_counter() - began):.0f} ms")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--search", choices=("ours", "numpy"))
    parser.add_argument("--queries", type=int, default=1)
    given = parser.parse_args()
    if given.search:
        search(given.search, given.folder, given.rows, given.width, given.queries)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        speed = build(folder, given.rows, given.width)
        print(f"{given.rows:,} x {given.width}, written at {speed:,.0f} photos/s\n")
        print(
            "| queries at once | numpy in memory | ours from disk | ratio | memory numpy | memory ours | same |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for queries in (1, 64):
            found = {}
            for kind in ("numpy", "ours"):
                command = [
                    sys.executable,
                    "-m",
                    "tests.benchmarks.similarity",
                    "--search",
                    kind,
                    "--folder",
                    str(folder),
                ]
                command += ["--rows", str(given.rows), "--width", str(given.width), "--queries", str(queries)]
                out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
                found[kind] = (float(out[0]), float(out[1]), out[2])
            base, ours = found["numpy"], found["ours"]
            print(
                f"| {queries} | {base[0]:.0f} ms | {ours[0]:.0f} ms | {ours[0] / base[0]:.1f} | {base[1]:.0f} MB | "
                f"{ours[1]:.0f} MB | {'yes' if base[2] == ours[2] else '**no**'} |"
            )
    print()
    others()


if __name__ == "__main__":
    main()
