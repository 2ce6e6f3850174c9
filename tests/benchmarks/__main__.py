"""Print the table of docs/benchmarks.md; `--write` keeps it there."""

import os
import platform
import sys
import tempfile
from datetime import date
from pathlib import Path

import torch

from tests.benchmarks import decision, evaluation, explorer, first_paint, identification, store, training

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
INTRO = """# Benchmarks

Ratios of Fieldmark against plain code in the same process, or against an empty page in the same browser; medians
after a warm-up. `make bench` prints the table for your machine, `python -m tests.benchmarks --write` keeps it here. What the methods
are worth, also the rows that went against us, is in [experiments.md](experiments.md).

"""


def main() -> None:
    """Measure everything; exit with 1 if a bound does not hold."""
    results = []
    for module in (identification, decision, training, evaluation, store, explorer, first_paint):
        with tempfile.TemporaryDirectory() as folder:
            for result in module.measure(Path(folder)):
                print(result.row(), file=sys.stderr)
                results.append(result)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}, {date.today()}"
    rows = "\n".join(result.row() for result in results)
    table = f"{machine}\n\n| what | baseline | Fieldmark | ratio | bound | holds |\n| --- | --- | --- | --- | --- | --- |\n{rows}\n"
    print(table)
    if "--write" in sys.argv:
        _, sign, others = DOCUMENT.read_text(encoding="utf-8").partition(
            "\n## "
        )  # tables of other commands stay
        DOCUMENT.write_text(INTRO + table + sign + others, encoding="utf-8")
    raise SystemExit(not all(result.holds for result in results))


if __name__ == "__main__":
    main()
