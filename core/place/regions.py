"""Parts of the world and the countries in them (after the United Nations' M49, the Americas in two)."""

import csv
from collections.abc import Mapping
from pathlib import Path


def load_regions(path: Path) -> Mapping[str, frozenset[str]]:
    """Return ISO 3166-1 alpha-3 codes by name of the region; every country is in one region."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["region"]: frozenset(row["countries"].split()) for row in csv.DictReader(file)}
