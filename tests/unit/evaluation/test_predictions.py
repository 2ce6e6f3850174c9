"""What a model says about labelled photos."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.decision import log_likelihoods, softmax
from core.evaluation.predictions import BATCH, predict_photos
from core.identify import identify_one
from core.model import read_bundle
from core.model.torch_classifier import TorchClassifier
from core.settings import BUNDLED_MODELS, ROOT
from core.training.manifest import LabelledPhoto

SAMPLES = ROOT / "assets" / "samples"


@pytest.fixture(scope="module")
def classifier() -> TorchClassifier:
    return TorchClassifier(read_bundle(BUNDLED_MODELS / "fieldmark-2"))


def test_it_says_what_identify_says(classifier: TorchClassifier) -> None:
    rows = [LabelledPhoto(SAMPLES / name, "", "test") for name in ("zebra.jpg", "flamingo.jpg")]
    found = predict_photos(classifier, rows)
    rows_p = found.probabilities(classifier.bundle)
    assert rows_p.sum(axis=1) == pytest.approx(1.0)
    for row, photo in enumerate(rows):
        answer = identify_one(photo.path, classifier).answer
        best = classifier.bundle.classes[int(rows_p[row].argmax())]
        assert best == answer.candidates[0].taxon.id
        assert rows_p[row].max() == pytest.approx(answer.candidates[0].probability, abs=1e-5)
        assert found.novelty[row] == pytest.approx(answer.novelty, abs=1e-5)
    assert found.novel_above == classifier.novelty.threshold


def test_files_that_cannot_be_read_are_set_aside_in_order(
    classifier: TorchClassifier, tmp_path: Path
) -> None:
    rows = []
    for number in range(BATCH + 3):
        path = tmp_path / f"{number:02}.png"
        if number % 7 == 3:
            path.write_bytes(b"no photo")
        else:
            Image.new("RGB", (40, 30), (10 * number, 90, 90)).save(path)
        rows.append(LabelledPhoto(path, "", "test"))
    seen = []
    found = predict_photos(classifier, rows, on_progress=lambda done, total: seen.append((done, total)))
    assert [p.path.name for p, code in found.unreadable] == ["03.png", "10.png", "17.png"]
    assert {code for _, code in found.unreadable} == {"not_an_image"}
    assert [p.path.name for p in found.photos] == [
        p.path.name for p in rows if p not in dict(found.unreadable)
    ]
    assert len(found.logits) == len(found.sha256) == len(found.embeddings) == BATCH
    assert seen == [(BATCH, BATCH + 3), (BATCH + 3, BATCH + 3)]


def test_without_ranks_temperatures_and_prior_only_one_temperature_is_left(
    classifier: TorchClassifier,
) -> None:
    found = predict_photos(classifier, [LabelledPhoto(SAMPLES / "zebra.jpg", "", "test")])
    plain = replace(classifier.bundle.calibration, slope=0.0, rank_temperatures=(1.0,) * 7)
    rows = found.probabilities(replace(classifier.bundle, calibration=plain))
    np.testing.assert_allclose(rows, softmax(log_likelihoods(found.logits, plain)), atol=1e-9)


def test_no_photos_are_no_rows(classifier: TorchClassifier) -> None:
    found = predict_photos(classifier, [])
    assert found.logits.shape == (0, len(classifier.bundle.classes))
    assert len(found.novelty) == 0
