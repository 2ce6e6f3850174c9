"""`places`, `taxonomy` and `species` as a shell runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.unit.formats.archives import GRIIS, archive
from tests.unit.formats.test_taxon_list import FLAT, OURS


@pytest.fixture
def run(tmp_path: Path):
    def run(*arguments: str, code: int = 0, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "core", *arguments], cwd=ROOT, capture_output=True, text=True,
            env={**os.environ, "FIELDMARK_DATA": str(tmp_path / "data"), **environment}, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    return run


def test_a_griis_list_is_imported_removed_and_restored(run, tmp_path: Path) -> None:
    path = archive(tmp_path / "griis-kenya.zip", GRIIS)
    told = run("places", "import", str(path))
    assert "list 1: 3 lines about our species, for KEN" in told
    assert "1 names are none of our species and were left out: Lantana camara L." in told
    assert "* 1: griis-kenya, 3 lines, KEN" in run("places", "list")
    run("places", "remove", "1")
    assert "  1: griis-kenya" in run("places", "list")
    run("places", "restore", "1")
    assert "* 1: griis-kenya" in run("places", "list")
    assert "error: there is no checklist 9" in run("places", "remove", "9", code=1)


def test_a_bad_list_is_one_line_and_changes_nothing(run, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("scientific_name,country\nPanthera leo,Narnia\n")
    assert "error: list.csv, line 2: 'Narnia' is no country" in run("places", "import", str(path), code=1)
    assert run("places", "list") == ""


def test_a_taxonomy_is_checked_imported_and_taken_back(run, tmp_path: Path) -> None:
    path = tmp_path / "cats.csv"
    path.write_text(OURS)
    told = run("taxonomy", "check", str(path))
    assert "2 rows: 2 new taxa, 0 moved, 0 notes, 0 problems" in told
    assert "new: Neofelis nebulosa" in told
    assert "* 0: the cards" in run("taxonomy", "versions")
    assert "version 1 is in use" in run("taxonomy", "import", str(path))
    other = tmp_path / "more.csv"
    other.write_text(FLAT)
    assert "version 2 is in use; python -m core taxonomy use 1 goes back" in run(
        "taxonomy", "import", str(other)
    )
    run("taxonomy", "use", "0")
    assert "* 0: the cards" in run("taxonomy", "versions")
    assert "no taxonomy version 5" in run("taxonomy", "use", "5", code=1)


def test_a_taxonomy_with_problems_is_refused_unless_told_otherwise(run, tmp_path: Path) -> None:
    path = tmp_path / "cats.csv"
    path.write_text(OURS + "Quercus robur,species,Quercus,,,\n")
    assert "problem: cats.csv, line 4: no ancestor of Quercus robur" in run(
        "taxonomy", "check", str(path), code=1
    )
    assert "nothing was imported" in run("taxonomy", "import", str(path), code=1)
    assert "version 1 is in use" in run("taxonomy", "import", str(path), "--skip-problems")


def test_the_cards_are_in_order(run) -> None:
    assert run("species", "check") == "the cards are in order\n"


def test_refresh_says_what_it_needs(run) -> None:
    assert "set FIELDMARK_IUCN_TOKEN" in run("species", "refresh", "lion", "--source", "iucn", code=1)
    assert "no taxon is called 'unicorn'" in run("species", "refresh", "unicorn", code=1)
    assert "none of gbif, inat, iucn" in run("species", "refresh", "lion", "--source", "wiki", code=2)


def test_without_a_network_refresh_fails_in_one_line(run) -> None:
    proxy = "http://127.0.0.1:9"  # nobody answers there
    told = run("species", "refresh", "lion", "--source", "gbif", HTTPS_PROXY=proxy, https_proxy=proxy)
    assert "0 found" in told
    assert "no answer: Panthera leo at gbif" in told
