"""Versions of an imported taxonomy."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import TaxonomyError
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.species.versions import TaxonomyVersions
from core.taxonomy.lineage import extend

BASE = load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")
LARGER = extend(
    BASE, [("Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Neofelis", "Neofelis nebulosa")]
)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_versions_come_back_as_they_were(tmp_path: Path) -> None:
    versions = TaxonomyVersions(tmp_path / "taxonomies")
    assert (versions.in_use(), versions.all()) == (0, [])
    assert versions.add(LARGER, "cats.csv", at=NOW) == 1
    assert versions.add(BASE, "again.csv", at=NOW) == 2
    assert versions.load(1).order == LARGER.order
    assert [(v.number, v.taxa, v.source, v.in_use) for v in versions.all()] == [
        (1, len(LARGER), "cats.csv", False),
        (2, len(BASE), "again.csv", True),
    ]


def test_one_can_go_back_to_any_of_them(tmp_path: Path) -> None:
    versions = TaxonomyVersions(tmp_path)
    versions.add(LARGER, "cats.csv", at=NOW)
    versions.use(0)
    assert versions.in_use() == 0
    versions.use(1)
    assert versions.in_use() == 1
    with pytest.raises(TaxonomyError, match="no taxonomy version 7"):
        versions.use(7)


def test_a_damaged_version_says_how_to_go_on(tmp_path: Path) -> None:
    versions = TaxonomyVersions(tmp_path)
    versions.add(LARGER, "cats.csv", at=NOW)
    (tmp_path / "0001.json").write_text("{")
    with pytest.raises(TaxonomyError, match=r"damaged.*use 0"):
        versions.load(1)
