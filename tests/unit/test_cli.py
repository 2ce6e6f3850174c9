"""The command line as a shell sees it: standard output, standard error, exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.__main__ import app, main
from core.media import valid_text
from core.settings import ROOT
from tests.factories import jpeg, write_zoo

KEYS = [
    "file", "sha256", "outcome", "taxon", "common_name", "rank", "confidence", "ladder", "top_k",
    "novelty", "prior", "presence", "warnings", "error",
]  # fmt: skip
OUTCOMES = {"identified", "rolled_up", "blank", "human", "vehicle", "unsure", "error"}


def run(*arguments: str | Path, data: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "core", *map(os.fspath, arguments)],
        cwd=ROOT,
        env=os.environ | {"FIELDMARK_DATA": str(data), "CUDA_VISIBLE_DEVICES": ""} | environment,
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def zoo(tmp_path_factory, cat_photo):
    """A folder that has seen everything, and Chelsea."""
    folder = tmp_path_factory.mktemp("zoo")
    expected = write_zoo(folder)
    (folder / "chelsea.jpg").write_bytes(cat_photo)
    named = {valid_text(name): code for name, code in expected.items()}  # as an export says them
    return folder, named | {"chelsea.jpg": None}


@pytest.fixture(scope="module")
def result(zoo, tmp_path_factory) -> subprocess.CompletedProcess:
    return run("identify", zoo[0], "--json", data=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def rows(zoo, result) -> dict[str, dict]:
    return {os.path.relpath(row["file"], zoo[0]): row for row in json.loads(result.stdout)}


class TestJson:
    def test_bad_files_are_no_failure(self, result):
        assert result.returncode == 0
        assert b"Traceback" not in result.stderr
        assert b"Warning" not in result.stderr

    def test_one_array_with_a_row_per_file_in_order(self, zoo, result, rows):
        files = [row["file"] for row in json.loads(result.stdout)]
        assert len(files) == len(rows) == len(zoo[1])
        photos = sorted(zoo[1].keys() - {"folder.jpg"})
        assert [Path(file).name for file in files] == [*photos, "folder.jpg"]  # folders come after files

    def test_standard_output_is_plain_ascii(self, result):
        assert result.stdout.isascii()

    def test_codes(self, zoo, rows):
        assert {name: row["error"] and row["error"]["code"] for name, row in rows.items()} == zoo[1]

    def test_keys_and_types(self, rows):
        for row in rows.values():
            assert list(row) == KEYS
            assert row["outcome"] in OUTCOMES
            assert (row["outcome"] == "error") == (row["error"] is not None)
            assert all(set(note) == {"code", "message"} for note in row["warnings"])
            assert (row["confidence"] is None) == (row["error"] is not None)
            if row["error"] is None:
                assert 0 <= row["confidence"] <= 1
                assert len(row["sha256"]) == 64
                assert len(row["top_k"]) == 5
                assert row["ladder"][0]["rank"] == "kingdom"
            else:
                assert row["ladder"] == row["top_k"] == []

    def test_chelsea_is_a_cat(self, rows):
        row = rows["chelsea.jpg"]
        assert row["outcome"] == "identified"
        assert {rung["rank"]: rung["taxon"] for rung in row["ladder"]}["family"] == "Felidae"
        assert row["warnings"] == []

    def test_notes_arrive(self, rows):
        assert [note["code"] for note in rows["cut-baseline.jpg"]["warnings"]] == ["damaged"]
        assert "60%" in rows["cut-baseline.jpg"]["warnings"][0]["message"]

    def test_nothing_at_all_is_an_empty_array(self, tmp_path):
        done = CliRunner().invoke(app, ["identify", str(tmp_path), "--json"])
        assert (done.exit_code, json.loads(done.stdout)) == (0, [])


def test_lines_for_people(tmp_path, cat_photo):
    for name in ("chelsea.jpg", "two\nlines 🦊.jpg", os.fsdecode(b"latin-1 \xe9.jpg"), "bad.jpg"):
        (tmp_path / name).write_bytes(b"bad" if name == "bad.jpg" else cat_photo)
    done = CliRunner().invoke(app, ["identify", str(tmp_path)])
    assert (done.exit_code, done.stderr) == (0, "")
    bad, chelsea, latin, lines = done.stdout.splitlines()
    assert "bad.jpg is not a photo" in bad
    assert chelsea.startswith(f"{tmp_path}/chelsea.jpg: ")
    assert "latin-1 \ufffd.jpg: " in latin
    assert "twolines 🦊.jpg: " in lines


def test_a_terminal_that_knows_no_foxes(tmp_path, cat_photo):
    (tmp_path / "Fähe 🦊.jpg").write_bytes(cat_photo)
    done = run("identify", tmp_path, data=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_the_same_photo_is_saved_once(tmp_path, cat_photo):
    photos, data = tmp_path / "photos", tmp_path / "data"
    photos.mkdir()
    (photos / "a.jpg").write_bytes(cat_photo)
    (photos / "same.jpg").write_bytes(cat_photo)
    (photos / "bad.jpg").write_bytes(b"bad")
    done = run("identify", photos, photos / "a.jpg", "--json", "--save", data=data)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 4
    assert len(list((data / "media").rglob("*.bin"))) == 1
    assert len(list((data / "previews").rglob("*-full.jpg"))) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["identify"],
        ["identify", "--no-such-option", "a.jpg"],
        ["identify", "a.jpg", "--top-k", "0"],
        ["identify", "a.jpg", "--top-k", "many"],
        ["identify", "a.jpg", "--target", "1.5"],
        ["no-such-command"],
        ["export-labels", "--format", "xlsx"],
    ],
    ids=" ".join,
)
def test_wrong_usage(tmp_path, arguments):
    done = run(*arguments, data=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert done.stderr


def test_no_model_is_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "a.jpg").write_bytes(jpeg())
    arguments = ["identify", str(tmp_path / "a.jpg"), "--json", "--model", str(tmp_path / "nowhere")]
    monkeypatch.setattr(sys, "argv", ["fieldmark", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1
