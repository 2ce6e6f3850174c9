"""From photos to a model that answers, by commands alone."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

from core.__main__ import app
from core.errors import FieldmarkError
from core.model import read_bundle
from core.model.backbones import create_backbone
from core.training import mining
from core.training.run_log import Run, RunKind, RunLog

SPECIES = {
    "Panthera leo": (200, 160, 60),
    "Panthera pardus": (60, 40, 180),
    "Equus quagga": (30, 200, 30),
    "empty": None,
}
TINY = [
    "--architecture",
    "test_efficientnet",
    "--input-size",
    "64",
    "--batch-size",
    "8",
    "--precision",
    "fp32",
    "--workers",
    "0",
]
QUICK = [*TINY, "--epochs", "1", "--frozen-depth", "1"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos, a manifest, weights, and an empty data folder."""
    folder = tmp_path_factory.mktemp("place")
    rng = np.random.default_rng(0)
    rows = []
    for name, colour in SPECIES.items():
        for number in range(10):
            pixels = np.full((80, 100, 3), 110) + rng.integers(-15, 15, (80, 100, 3))
            if colour:
                pixels[20:60, 20:70] = np.array(colour) + rng.integers(-10, 10, (40, 50, 3))
            file = f"{name.split()[-1]}-{number}.png"
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / file)
            rows.append(
                {
                    "file": file,
                    "scientific_name": name,
                    "split": "train" if number < 6 else "val" if number < 9 else "test",
                }
            )
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file_:
        writer = csv.DictWriter(file_, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    torch.manual_seed(0)
    save_file(create_backbone("test_efficientnet", 10).state_dict(), folder / "init.safetensors")
    return folder


@pytest.fixture(autouse=True)
def surroundings(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDMARK_DATA", str(place / "data"))
    monkeypatch.setattr(mining, "STILL_SEEN", 1.1)


def run(*words: object) -> Result:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit | FieldmarkError):
        raise done.exception
    return done


def newest(place: Path, kind: RunKind) -> Run:
    return [one for one in RunLog(place / "data" / "runs").all() if one.kind is kind][-1]


def source(place: Path) -> list[object]:
    return ["--photos", place, "--manifest", place / "manifest.csv"]


@pytest.fixture(scope="module")
def trained(place: Path) -> list[Path]:
    """Two models in the data folder, of two seeds."""
    folders = [place / "data" / "models" / name for name in ("one", "two")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIELDMARK_DATA", str(place / "data"))
        patch.setattr(mining, "STILL_SEEN", 1.1)
        for seed, folder in enumerate(folders):
            done = run(
                "train",
                *source(place),
                "--init",
                place / "init.safetensors",
                "--out",
                folder,
                "--seed",
                seed,
                *QUICK,
            )
            assert done.exit_code == 0, done.output
            assert "val accuracy" in done.output
    return folders


def test_a_trained_model_can_be_shown_and_chosen(trained: list[Path]) -> None:
    assert (trained[0] / "evaluation-val.json").is_file()
    assert "one: Fieldmark 1" in run("models", "list").stdout
    assert "answers from now on" in run("models", "activate", "one").stdout
    assert run("models", "activate", "fieldmark-2").exit_code == 0


def test_it_is_judged_and_compared(trained: list[Path], place: Path) -> None:
    (place / "strange").mkdir(exist_ok=True)
    Image.new("RGB", (60, 40), (250, 10, 250)).save(place / "strange" / "x.png")
    words = ["evaluate", *source(place), "--model", trained[0], "--split", "val", "--out", place / "out"]
    done = run(*words, "--against", trained[1], "--foreign", place / "strange")
    assert done.exit_code == 0, done.output
    assert "all: 12 photos" in done.stdout
    assert "1 photos of unlisted species against 9 of listed ones" in done.stdout
    assert "take its place" in done.stdout
    assert (place / "out" / "evaluation-val.html").is_file()
    report = json.loads(run(*words, "--json").stdout)
    assert report["photos"] == 12
    assert report["split"] == "val"
    assert run(*words[:-2], "--split", "nowhere").exit_code == 2


def test_rates_are_tried_and_drawn(place: Path) -> None:
    done = run(
        "train",
        *source(place),
        "--init",
        place / "init.safetensors",
        "--out",
        place / "rates",
        "--find-rate",
        *QUICK,
    )
    assert done.exit_code == 0, done.output
    assert "rates: valley" in done.output
    assert (place / "rates" / "rates.html").is_file()
    assert not (place / "rates" / "model.json").exists()


def test_a_head_is_tuned_and_trained_with(place: Path) -> None:
    words = ["--init", place / "init.safetensors", "--architecture", "test_efficientnet", "--input-size", 64]
    done = run("tune", *source(place), *words, "--out", place / "tune", "--trials", 2)
    assert done.exit_code == 0, done.output
    assert "best: HeadConfig(" in done.output
    tuned = json.loads((place / "tune" / "tune.json").read_text(encoding="utf-8"))
    out = place / "tuned"
    done = run(
        "train",
        *source(place),
        "--init",
        place / "init.safetensors",
        "--out",
        out,
        "--tuned",
        place / "tune" / "tune.json",
        *QUICK,
    )
    assert done.exit_code == 0, done.output
    assert read_bundle(out).training["head_config"]["rate"] == tuned["head_config"]["rate"]
    run_ = newest(place, RunKind.TUNE)
    assert [epoch["epoch"] for epoch in run_.epochs] == [1, 2]
    assert max(epoch["val_macro_f1"] for epoch in run_.epochs) == pytest.approx(tuned["macro_f1"])
    assert run_.metrics == {"best": tuned["head_config"]}
    assert newest(place, RunKind.TRAIN).settings["recipe"]["head_config"] == tuned["head_config"]
    (line,) = (line for line in run("runs", "list").stdout.splitlines() if run_.id in line)
    assert "tune, 2 epochs" in line
    assert "no model" in line


def test_models_are_blended(trained: list[Path], place: Path) -> None:
    out = place / "blend"
    done = run(
        "blend",
        "--model",
        trained[0],
        "--model",
        trained[1],
        *source(place),
        "--out",
        out,
        "--version",
        "7",
        "--workers",
        0,
    )
    assert done.exit_code == 0, done.output
    assert read_bundle(out).version == "7"
    assert (out / "evaluation-val.json").is_file()
    run_ = newest(place, RunKind.BLEND)
    assert run_.model_sha256 == read_bundle(out).weights_sha256
    assert run_.metrics is not None
    assert run_.metrics["val"]["accuracy"] == read_bundle(out).metrics["val"]["accuracy"]
    assert sum(run_.metrics["share"].values()) == pytest.approx(1.0)


def test_a_model_is_calibrated_anew(trained: list[Path], place: Path) -> None:
    done = run("models", "calibrate", "two", *source(place))
    assert done.exit_code == 0, done.output
    assert "calibrated on 12 photos" in done.stdout
    assert read_bundle(trained[1]).calibration.n == 12


def test_a_model_is_added(place: Path, tmp_path: Path) -> None:
    from tests.unit.model.foreign import timm_folder

    done = run("models", "add", timm_folder(tmp_path / "lions"), "--name", "theirs")
    assert done.exit_code == 0, done.output
    assert "added theirs added" in done.stdout
    assert "1 of 6 labels mean nothing to Fieldmark" in done.stdout
    assert "theirs" in run("models", "list").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--expert", "loud"], "is none of softmax, balanced, inverse"),
        (["--option", "x"], "is not KEY=VALUE"),
    ],
)
def test_wrong_wishes_are_refused(place: Path, tmp_path: Path, words: list[str], message: str) -> None:
    done = run(
        "train", *source(place), "--init", place / "init.safetensors", "--out", tmp_path, *QUICK, *words
    )
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())


def test_runs_are_written_down_compared_and_handed_on(
    trained: list[Path], place: Path, tmp_path: Path
) -> None:
    lines = [
        line
        for line in run("runs", "list").stdout.splitlines()
        if "train, " in line and str(place / "data" / "models") in line
    ]
    assert len(lines) == 2
    assert all("1 epochs, val macro-F1 0." in line and "model " in line for line in lines)
    ids = [line.split()[0] for line in lines]
    said = run("runs", "compare", *ids).stdout
    assert "settings.loop.seed: 0 | 1" in said
    assert "data" not in [line.split(":")[0] for line in said.splitlines()]
    assert "nothing differs" in run("runs", "compare", ids[0], ids[0]).stdout
    assert ids[0] in run("runs", "export", ids[0], "--to", "tensorboard", "--where", tmp_path / "tb").stdout
    assert list((tmp_path / "tb" / ids[0]).glob("events.out.tfevents.*"))
    assert run("runs", "export", ids[0], "--to", "paper", "--where", "x").exit_code == 2
