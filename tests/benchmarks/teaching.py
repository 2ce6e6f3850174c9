"""What learning from corrections costs: seconds and memory of the command, with the head alone and with the last blocks.

`python -m tests.benchmarks.teaching PHOTOS` takes photos of the split train of `PHOTOS/manifest.csv` as corrections, and all of the
manifest as what the default model learnt from (the split test is not read). Each run is a process of its own, with nothing cached.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from core.settings import ROOT

MOST_S, MOST_MIB = 900, 2048


def corrections(manifest: Path, photos: int, out: Path) -> Path:
    """Write a manifest of a few photos of the split train, chosen by chance, a fifth of them to judge on."""
    with manifest.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
    chosen = [rows[index] for index in np.random.default_rng(0).permutation(len(rows))[:photos]]
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(chosen[0]))
        writer.writeheader()
        writer.writerows(
            row | {"split": "val" if number % 5 == 0 else "train"} for number, row in enumerate(chosen)
        )
    return out


def run(depth: str, labels: Path, folder: Path, data: Path) -> tuple[float, float, float]:
    """Teach the default model; return seconds, seconds of a core, and peak resident memory in MiB."""
    command = [
        sys.executable, "-m", "core", "finetune", "--out", "taught", "--from", "fieldmark-2", "--labels", str(labels),
        "--photos", str(folder), "--depth", depth, "--base-photos", str(folder), "--base-manifest",
        str(folder / "manifest.csv"),
    ]  # fmt: skip
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "FIELDMARK_DATA": str(data)})
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print a table; exit with 1 if a bound does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, help="folder with manifest.csv")
    parser.add_argument("--corrections", type=int, default=200)
    parser.add_argument("--depth", choices=("head", "blocks"), action="append")
    wishes = parser.parse_args()
    folder, holds = wishes.photos.resolve(), True
    rows = []
    for depth in wishes.depth or ("head", "blocks"):
        with tempfile.TemporaryDirectory() as place:
            labels = corrections(folder / "manifest.csv", wishes.corrections, Path(place) / "labels.csv")
            seconds, busy, memory = run(depth, labels, folder, Path(place) / "data")
        holds = holds and busy <= MOST_S and memory <= MOST_MIB
        rows.append(f"| {depth} | {wishes.corrections} | {seconds:.0f} s | {busy:.0f} s | {memory:.0f} MiB |")
    print(
        "| what learns | corrections | time | time of a core | peak memory |\n| --- | --- | --- | --- | --- |"
    )
    print("\n".join(rows))
    raise SystemExit(not holds)


if __name__ == "__main__":
    main()
