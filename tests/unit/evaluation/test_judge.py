"""A finished model on photos whose species is known."""

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core.decision import Calibration
from core.errors import ManifestError
from core.evaluation.judge import (
    judge_against,
    known_photos,
    make_report,
    recalibrate,
    record_report,
    record_scores,
    write_report,
)
from core.evaluation.metrics import Evaluation
from core.evaluation.predictions import predict_photos
from core.evaluation.report import Report, read_report
from core.model import Bundle, Preprocessing, read_bundle, write_bundle
from core.model.backbones import create_backbone
from core.model.bundle import CARD, WEIGHTS, file_sha256
from core.model.torch_classifier import TorchClassifier
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy
from core.training.manifest import LabelledPhoto

HALF = (0.5, 0.5, 0.5)
TREE = Taxonomy(
    [
        Taxon("panthera", Rank.GENUS, "Panthera", None),
        Taxon("panthera-leo", Rank.SPECIES, "Panthera leo", "panthera"),
        Taxon("panthera-onca", Rank.SPECIES, "Panthera onca", "panthera"),
    ]
)
TRAINING = {
    "init": "tiny.safetensors", "init_sha256": "0" * 64, "photos": {"train": 3, "val": 3}, "sources": {},
    "licence_classes": {"cc0": 6}, "kinds": {"photo": 6}, "photos_per_class": {},
}  # fmt: skip


@pytest.fixture
def lions(tmp_path: Path) -> Bundle:
    """A model that says lion, whatever it is shown."""
    torch.manual_seed(0)
    weights = create_backbone("test_efficientnet", 3).state_dict()
    weights["classifier.weight"].zero_()
    weights["classifier.bias"].copy_(torch.tensor([4.0, 0.0, 0.0]))
    save_file(weights, tmp_path / WEIGHTS)
    made = Bundle(
        name="Lions", version="1", architecture="test_efficientnet", options={},
        preprocessing=Preprocessing(32, "squash", 1.0, HALF, HALF),
        classes=("panthera-leo", "panthera-onca", BLANK), taxonomy=TREE,
        calibration=Calibration(2.0, 0.7, 3, 0.0), weights_sha256=file_sha256(tmp_path / WEIGHTS),
        licence="CC0", training=TRAINING, folder=tmp_path,
    )  # fmt: skip
    write_bundle(made, tmp_path)
    return made


def photos(folder: Path, *rows: tuple[str, str]) -> list[LabelledPhoto]:
    path = folder / "grey.png"
    Image.new("RGB", (40, 30), (90, 90, 90)).save(path)
    return [LabelledPhoto(path, label, "test", kind=kind) for label, kind in rows]


def whole(bundle: Bundle, rows: list[LabelledPhoto], folder: Path, **options) -> Report:
    found = predict_photos(TorchClassifier(bundle), known_photos(bundle, rows))
    return make_report(found, bundle, split="test", root=folder, made=date(2026, 11, 21), **options)


def judge(bundle: Bundle, rows: list[LabelledPhoto]) -> dict[str, Evaluation]:
    found = whole(bundle, rows, Path())
    return {"all": found.all, **found.by_kind}


LEO, ONCA = ("panthera-leo", "photo"), ("panthera-onca", "photo")


def test_figures_are_those_of_the_answers(lions: Bundle, tmp_path: Path) -> None:
    scores = judge(lions, photos(tmp_path, LEO, LEO, LEO, ONCA))
    found = scores["all"]
    assert found.n == 4
    assert found.accuracy == 0.75
    assert found.macro_accuracy == 0.5
    assert found.answered["identified"] == 1.0
    assert found.answer_error == 0.25
    sure = math.exp(2) / (math.exp(2) + 2)  # logits 4, 0, 0 at temperature 2
    assert found.ece == pytest.approx((3 * (1 - sure) + sure) / 4, abs=1e-6)  # a bin for each photo
    assert found.nll == pytest.approx(-(3 * math.log(sure) + math.log((1 - sure) / 2)) / 4, abs=1e-6)


def test_every_kind_of_photo_is_judged_on_its_own(lions: Bundle, tmp_path: Path) -> None:
    rows = photos(
        tmp_path, LEO, ("panthera-onca", "camera_trap"), (BLANK, "camera_trap"), ("panthera-leo", "")
    )
    scores = judge(lions, rows)
    assert {kind: s.n for kind, s in scores.items()} == {"all": 4, "camera_trap": 2, "photo": 1}
    assert scores["photo"].accuracy == 1.0
    assert scores["camera_trap"].accuracy == 0.0
    assert scores["camera_trap"].blank_recall == 0.0
    assert scores["photo"].blank_recall is None


def test_species_that_the_model_never_met_are_left_out(lions: Bundle, tmp_path: Path) -> None:
    assert judge(lions, photos(tmp_path, LEO, ("equus-quagga", "photo")))["all"].n == 1
    with pytest.raises(ManifestError, match="no photo"):
        judge(lions, photos(tmp_path, ("equus-quagga", "photo")))
    with pytest.raises(ManifestError, match="no photo"):
        judge(lions, [])


def test_a_model_without_blanks_can_be_judged(lions: Bundle, tmp_path: Path) -> None:
    weights = create_backbone("test_efficientnet", 2).state_dict()
    save_file(weights, tmp_path / WEIGHTS)
    scores = judge(replace(lions, classes=lions.classes[:2]), photos(tmp_path, LEO, (BLANK, "camera_trap")))
    assert scores["all"].n == 1
    assert scores["all"].blank_recall is None


def test_figures_end_up_in_description_and_card(lions: Bundle, tmp_path: Path) -> None:
    scores = judge(lions, photos(tmp_path, *[LEO] * 5, ONCA, (BLANK, "camera_trap")))
    record_scores(lions, "test", scores)
    record_scores(read_bundle(tmp_path), "val", scores)
    recorded = read_bundle(tmp_path)
    assert recorded.weights_sha256 == lions.weights_sha256
    assert set(recorded.metrics) == {"test", "test_by_kind", "val", "val_by_kind"}
    assert recorded.metrics["test"]["accuracy"] == scores["all"].accuracy
    assert set(recorded.metrics["test_by_kind"]) == {"photo", "camera_trap"}
    card = (tmp_path / CARD).read_text(encoding="utf-8")
    assert f"accuracy {scores['all'].accuracy:.3f}" in card
    assert "0 of 1 on val, 0 of 1 on test" in card


def test_the_description_stays_json_when_nothing_could_be_averaged(lions: Bundle, tmp_path: Path) -> None:
    record_scores(lions, "test", judge(lions, photos(tmp_path, LEO)))  # too few photos for a macro-F1

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    json.loads((tmp_path / "model.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert read_bundle(tmp_path).metrics["test"]["macro_f1"] is None
    assert "macro-F1 **1.000 over all classes**, accuracy" in (tmp_path / CARD).read_text(encoding="utf-8")


def test_a_bundle_without_a_folder_is_left_alone(lions: Bundle, tmp_path: Path) -> None:
    before = (tmp_path / "model.json").read_bytes()
    record_scores(replace(lions, folder=None), "test", judge(lions, photos(tmp_path, LEO)))
    assert (tmp_path / "model.json").read_bytes() == before


def test_the_report_counts_photos_and_shows_the_worst(lions: Bundle, tmp_path: Path) -> None:
    rows = photos(tmp_path, LEO, LEO, ONCA, (BLANK, "camera_trap"), ("panthera", "photo"))
    found = whole(lions, rows, tmp_path, unknown=7)
    assert (found.photos, found.all.n, found.all.coarse, found.unknown) == (5, 4, 1, 7)
    assert set(found.by_kind) == {"photo", "camera_trap"}
    assert [(pair.truth, pair.guess, pair.count) for pair in found.confused] == [
        (BLANK, "panthera-leo", 1), ("panthera-onca", "panthera-leo", 1),
    ]  # fmt: skip
    worst = found.worst[0]
    assert worst.file == "grey.png"
    assert worst.sha256 == file_sha256(tmp_path / "grey.png")
    assert worst.loss == pytest.approx(-math.log(worst.truth_probability))
    assert {one.truth for one in found.worst} == {"panthera-onca", BLANK}  # right ones are not bad
    assert [row.id for row in found.species] == ["panthera-leo", "panthera-onca", BLANK]
    assert found.novelty is None
    assert found.shifted == ()  # no prior was fitted


def test_a_kind_called_all_or_without_a_species_gets_no_block(lions: Bundle, tmp_path: Path) -> None:
    rows = photos(tmp_path, LEO, ("panthera-leo", "all"), ("panthera", "drone"))
    assert set(judge(lions, rows)) == {"all", "photo"}


def test_files_that_cannot_be_read_are_told(lions: Bundle, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    bad = LabelledPhoto(tmp_path / "bad.jpg", "panthera-leo", "test")
    found = whole(lions, [*photos(tmp_path, LEO), bad], tmp_path)
    assert found.photos == 1
    assert [(one.file, one.code) for one in found.unreadable] == [("bad.jpg", "not_an_image")]
    with pytest.raises(ManifestError, match="could be read: 1 not_an_image"):
        judge(lions, [bad])


def test_both_files_are_written(lions: Bundle, tmp_path: Path) -> None:
    found = whole(lions, photos(tmp_path, LEO, ONCA), tmp_path)
    page = write_report(found, tmp_path / "out")
    assert page == tmp_path / "out" / "evaluation-test.html"
    again = read_report(tmp_path / "out", "test")
    assert again.all.accuracy == found.all.accuracy
    assert read_report(tmp_path / "out", "val") is None


def test_a_recorded_report_lies_beside_the_weights(lions: Bundle, tmp_path: Path) -> None:
    found = whole(lions, photos(tmp_path, LEO, ONCA), tmp_path)
    record_report(lions, found)
    assert read_report(tmp_path, "test").all.n == 2
    assert read_bundle(tmp_path).metrics["test"]["n"] == 2
    record_report(replace(lions, folder=None), found)  # nowhere to write to


def test_a_model_is_compared_with_an_older_one(lions: Bundle, tmp_path: Path) -> None:
    found = predict_photos(TorchClassifier(lions), photos(tmp_path, LEO, LEO, ONCA, (BLANK, "camera_trap")))
    verdict = judge_against(found, lions, lions)
    assert verdict.passes
    assert verdict.n == 4
    assert {(c.old, c.new) for c in verdict.changes if c.name == "accuracy"} == {(0.5, 0.5)}


def test_a_model_can_be_calibrated_anew(lions: Bundle, tmp_path: Path) -> None:
    rows = photos(tmp_path, *[LEO] * 10, *[ONCA] * 10, ("panthera", "photo"))
    before = judge(lions, rows)["all"].nll
    fitted = recalibrate(lions, rows)
    assert fitted.calibration.n == 20
    assert fitted.calibration.temperature != lions.calibration.temperature
    assert fitted.calibration.prior == ()
    assert read_bundle(tmp_path).calibration == fitted.calibration
    scores = judge(read_bundle(tmp_path), rows)
    assert scores["all"].nll < before
