"""Learning from corrections, by commands alone."""

import csv
import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from core.__main__ import app
from core.errors import BundleError, TrainingError
from core.media import MediaLibrary, load_photo
from core.model import read_bundle
from core.settings import Settings
from core.store import EventKind, LabelEvent, Ledger, open_database
from core.taxonomy import BLANK
from core.training.run_log import RunKind, RunLog
from tests.unit.training.conftest import COLOURS, Photos, base, draw, taxonomy  # noqa: F401  (fixtures)

NAMES = {"panthera-leo": "Panthera leo", "panthera-pardus": "Panthera pardus", "equus-quagga": "Equus quagga"}


@pytest.fixture
def data(tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """A data folder with the tiny model, which answers."""
    folder = tmp_path / "data"
    shutil.copytree(base, folder / "models" / "tiny")
    monkeypatch.setenv("FIELDMARK_DATA", str(folder))
    return folder


def run(*words: object) -> Result:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def table(folder: Path, rows: list[tuple[Path, str, str]]) -> Path:
    path = folder / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "scientific_name", "split", "group_id"])
        writer.writerows([(photo.name, name, split, photo.stem) for photo, name, split in rows])
    return path


def test_a_table_of_corrections_makes_a_model(data: Path, draw: Photos, tmp_path: Path) -> None:  # noqa: F811
    shown = [p for p in draw(tuple(COLOURS), train=22, val=0) if int(p.path.stem.rsplit("-", 1)[1]) >= 16]
    rows = [(p.path, NAMES[p.label], "val" if p.path.stem.endswith("7") else "train") for p in shown]
    labels = table(tmp_path, rows)
    done = run(
        "finetune", "--from", "tiny", "--out", "better", "--labels", labels, "--photos", shown[0].path.parent,
        "--epochs", 2,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "learnt from 15 corrections, 3 more judged" in done.output
    assert "macro-F1" in done.output
    assert "may take its place" in done.output or "may not take its place" in done.output
    made = read_bundle(data / "models" / "better")
    assert made.version == "2.1"
    card = (data / "models" / "better" / "README.md").read_text()
    assert "It then learnt from 15 corrections" in card
    assert "`memory.safetensors` holds" in card
    assert not (data / "models" / "activations.jsonl").exists()  # nothing promotes itself
    (logged,) = RunLog(data / "runs").all()
    assert (logged.kind, logged.model_sha256) == (RunKind.FINETUNE, made.weights_sha256)
    assert logged.settings["options"]["epochs"] == len(logged.epochs) == 2
    assert logged.metrics is not None
    assert logged.metrics["learnt"] == 15
    with pytest.raises(TrainingError, match="exists; choose another name"):
        run(
            "finetune",
            "--from",
            "tiny",
            "--out",
            "better",
            "--labels",
            labels,
            "--photos",
            shown[0].path.parent,
        )


def test_the_photos_of_the_old_model_let_the_last_blocks_learn(
    data: Path,
    draw: Photos,  # noqa: F811
    tmp_path: Path,
) -> None:
    labels, known = tmp_path / "labels", tmp_path / "known"
    labels.mkdir()
    known.mkdir()
    shown = [p for p in draw(tuple(COLOURS), train=22, val=0) if int(p.path.stem.rsplit("-", 1)[1]) >= 16]
    asked = table(labels, [(p.path, NAMES[p.label], "train") for p in shown])
    old = draw((*COLOURS, BLANK), train=10, val=6)
    words = (
        "finetune", "--from", "tiny", "--out", "deep", "--labels", asked, "--photos", shown[0].path.parent,
        "--epochs", 1, "--depth", "blocks",
    )  # fmt: skip
    with pytest.raises(TrainingError, match="of 64 photos that the model remembers 0 are here"):
        run(*words)
    manifest = table(known, [(p.path, NAMES.get(p.label, "blank"), p.split) for p in old])
    done = run(*words, "--base-photos", old[0].path.parent, "--base-manifest", manifest)
    assert done.exit_code == 0, done.output
    assert "the last blocks of the network change too" in done.output
    card = (data / "models" / "deep" / "README.md").read_text()
    assert "Its head and the last blocks of its backbone changed." in card


def test_what_was_corrected_in_the_app_makes_a_model(data: Path, draw: Photos) -> None:  # noqa: F811
    settings = Settings()
    ledger, library = Ledger(open_database(settings.database)), MediaLibrary(data / "media")
    at = datetime(2026, 1, 2, tzinfo=UTC)

    def say(photo: Path, taxon: str | None, who: str) -> None:
        loaded = load_photo(photo)
        library.keep(photo.read_bytes())
        ledger.add_photo(loaded, size=photo.stat().st_size, door="app", at=at)
        kind = EventKind.ASSERT if taxon else EventKind.NOT_ANIMAL
        event = LabelEvent(
            id=uuid4(), sha256=loaded.sha256, kind=kind, taxon=taxon, annotator=who, acted_at=at, session="s"
        )  # fmt: skip
        ledger.append(event, received_at=at)

    shown = [p for p in draw((*COLOURS, BLANK), train=22, val=0) if int(p.path.stem.rsplit("-", 1)[1]) >= 19]
    for photo in shown:
        say(photo.path, None if photo.label == BLANK else photo.label, "me")
    say(shown[0].path, "equus-quagga", "you")
    done = run("finetune", "--from", "tiny", "--out", "ours", "--epochs", 1, "--alpha", 1)
    assert done.exit_code == 0, done.output
    assert "learnt from 11 corrections, 0 more judged" in done.output
    assert "left out 1: people disagree about it" in done.output
    assert "100% of the way to the new weights, as told" in done.output


def test_wrong_wishes_are_refused(data: Path, tmp_path: Path) -> None:
    alone = ("--base-photos", tmp_path)
    for words in (
        ("--out", "../x"),
        ("--out", ".x"),
        ("--out", "x", "--labels", tmp_path),
        ("--out", "x", *alone),
    ):
        assert run("finetune", *words).exit_code == 2
    with pytest.raises(TrainingError, match="no corrections"):
        run("finetune", "--from", "tiny", "--out", "x")
    with pytest.raises(BundleError, match="no model 'nobody'"):
        run("finetune", "--from", "nobody", "--out", "x")
    assert not (data / "models" / "x").exists()


def test_a_model_is_given_a_memory(data: Path, draw: Photos, tmp_path: Path) -> None:  # noqa: F811
    shown = draw(tuple(COLOURS), train=10, val=6)
    manifest = table(tmp_path, [(p.path, NAMES[p.label], p.split) for p in shown])
    model = data / "models" / "tiny"
    before = read_bundle(model).weights_sha256
    done = run("remember", "--model", model, "--photos", shown[0].path.parent, "--manifest", manifest)
    assert done.exit_code == 0, done.output
    assert "remembers 30 photos to rehearse and 18 to judge on" in done.output
    assert read_bundle(model).weights_sha256 == before
