"""Model folders: whole, unchanged, and never executed."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.decision import Calibration
from core.errors import BundleError
from core.model import Bundle, Preprocessing, read_bundle, write_bundle
from core.model.bundle import DESCRIPTION, WEIGHTS, file_sha256
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy

NAMES = ["Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Panthera", "Panthera leo"]
TREE = Taxonomy(
    Taxon(name.lower(), Rank(i), name, NAMES[i - 1].lower() if i else None) for i, name in enumerate(NAMES)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_file({"w": np.ones((2, 2), np.float32)}, tmp_path / WEIGHTS)
    half = (0.5, 0.5, 0.5)
    bundle = Bundle(
        name="Tiny", version="1", architecture="tiny", options={"pad_type": "same"},
        preprocessing=Preprocessing(64, "squash", 1.0, half, half),
        classes=("panthera leo", BLANK), taxonomy=TREE, calibration=Calibration(1.2, 0.7, 10, 0.01),
        weights_sha256=file_sha256(tmp_path / WEIGHTS), licence="CC0", folder=tmp_path,
    )  # fmt: skip
    write_bundle(bundle, tmp_path)
    return tmp_path


def change(folder: Path, **values: object) -> None:
    record = json.loads((folder / DESCRIPTION).read_text())
    record.update(values)
    (folder / DESCRIPTION).write_text(json.dumps(record))


def test_what_is_written_is_read(folder: Path) -> None:
    bundle = read_bundle(folder)
    assert bundle.classes == ("panthera leo", BLANK)
    assert bundle.preprocessing.mean == (0.5, 0.5, 0.5)
    assert bundle.calibration.target == 0.7
    assert bundle.taxonomy.sha256() == TREE.sha256()


@pytest.mark.parametrize("name", [WEIGHTS, DESCRIPTION])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=name):
        read_bundle(folder)


def test_changed_weights_are_noticed(folder: Path) -> None:
    save_file({"w": np.zeros((2, 2), np.float32)}, folder / WEIGHTS)
    with pytest.raises(BundleError, match="changed or damaged"):
        read_bundle(folder)


def test_a_file_that_was_cut_short_is_noticed(folder: Path) -> None:
    data = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(data[: len(data) // 2])
    with pytest.raises(BundleError, match="changed or damaged; copy the model again"):
        read_bundle(folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"format": 99}, "newer Fieldmark"),
        ({"taxonomy_sha256": "0" * 64}, "taxonomy was changed"),
        ({"classes": [BLANK]}, "no class for"),
        ({"classes": ["panthera leo", BLANK, "unicorn"]}, "unicorn"),
        ({"calibration": {}}, "cannot be used"),
        ({"taxonomy": []}, "one root"),
        ({"runtime": "quantum"}, "runs in 'quantum' needs a newer Fieldmark"),
        ({"runtime": "onnx"}, "model.onnx is missing"),
        ({"outputs": ["unicorn"]}, "outputs of unknown taxa: unicorn"),
        ({"files": {"../secret": "0"}}, "cannot be used"),
        ({"files": {"novelty.safetensors": "0"}}, "is not whole: novelty.safetensors is missing"),
    ],
)
def test_a_description_that_contradicts_itself_is_refused(
    folder: Path, values: dict[str, object], message: str
) -> None:
    change(folder, **values)
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)


def test_a_description_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / DESCRIPTION).write_text("{")
    with pytest.raises(BundleError, match=DESCRIPTION):
        read_bundle(folder)


class Boobytrap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("/tmp/fieldmark-was-fooled"),))  # type: ignore[return-value]


def test_a_pickle_is_never_executed(folder: Path) -> None:
    from core.model.torch_classifier import TorchClassifier

    (folder / WEIGHTS).write_bytes(pickle.dumps(Boobytrap()))
    change(
        folder, weights_sha256=file_sha256(folder / WEIGHTS), architecture="mobilenetv3_small_050", options={}
    )
    with pytest.raises(BundleError, match="does not fit"):
        TorchClassifier(read_bundle(folder))
    assert not Path("/tmp/fieldmark-was-fooled").exists()
