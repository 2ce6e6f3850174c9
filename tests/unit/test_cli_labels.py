"""`python -m core labels`, from one database to another."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.__main__ import app
from core.store import Box, Details, EventKind, Ledger, open_database
from tests.unit.store.test_ledger import LEOPARD, LION, NOW, photo, says

RUNNER = CliRunner()


@pytest.fixture
def use(monkeypatch, tmp_path):
    """A database of three photos by name, made on first use."""

    def open_(name: str) -> Ledger:
        monkeypatch.setenv("FIELDMARK_DATA", str(tmp_path / name))
        ledger = Ledger(open_database(f"sqlite:///{tmp_path / name / 'fieldmark.db'}"))
        for mark in "abc":
            ledger.add_photo(photo(f"{mark}.jpg", mark), size=1, door="cli", at=NOW)
        return ledger

    return open_


def run(*arguments: object) -> str:
    done = RUNNER.invoke(app, ["labels", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("name", ["csv", "coco", "label-studio"])
def test_labels_travel(use, tmp_path: Path, name: str) -> None:
    file = tmp_path / "labels.out"
    ledger = use("here")
    for event in (
        says(LION, details=Details(count=2)),
        says(None, kind=EventKind.BOXES, boxes=(Box(0.1, 0.1, 0.5, 0.5),)),
        says(LEOPARD, mark="b", comment="=1+1"),
        says(None, mark="c"),
    ):
        ledger.append(event, received_at=NOW)
    assert "3 labels of 3 photos" in run("export", file, "--format", name)
    there = use("there")
    assert "acts added: 4" in run("import", file)
    assert [there.current(mark * 64).taxon for mark in "abc"] == [LION, LEOPARD, None]
    assert there.standing("b" * 64)[0].comment == "=1+1"
    assert there.standing("a" * 64)[0].details.count == 2
    again = tmp_path / "again.out"
    run("export", again, "--format", name)
    assert again.read_text("utf-8") == file.read_text("utf-8")
    assert "acts added: 0" in run("import", file)
    assert "acts taken back: 4" in run("retract", file)
    assert there.current("a" * 64) is None


def test_nothing_is_half_imported(use, tmp_path: Path) -> None:
    ledger = use("here")
    file = tmp_path / "x.csv"
    file.write_text("file,label\na.jpg,lion\nb.jpg,unicorn\ngone.jpg,lion\n")
    done = RUNNER.invoke(app, ["labels", "import", str(file)])
    assert done.exit_code == 1
    for words in (
        "line 3: 'unicorn' is none of our taxa",
        "no photo is called 'gone.jpg'",
        "nothing was imported",
    ):
        assert words in done.output
    assert ledger.current("a" * 64) is None
    assert "acts added: 1" in run("import", file, "--skip-problems", "--annotator", "eve")
    assert ledger.current("a" * 64).annotator == "eve"


def test_places_are_named_or_refused(use, tmp_path: Path) -> None:
    use("here")
    done = RUNNER.invoke(app, ["labels", "export", str(tmp_path / "x.csv"), "--places", "all"])
    assert done.exit_code == 2
