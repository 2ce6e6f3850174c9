"""A model, loaded and scoring."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from core.decision import Calibration
from core.errors import BundleError
from core.model import Bundle, Preprocessing
from core.model.backbones import create_backbone
from core.model.bundle import WEIGHTS
from core.model.preprocess import fit, to_array
from core.model.torch_classifier import TorchClassifier
from core.taxonomy import Rank, Taxon, Taxonomy

HALF = (0.5, 0.5, 0.5)
TREE = Taxonomy(
    [
        Taxon("panthera", Rank.GENUS, "Panthera", None),
        Taxon("panthera-leo", Rank.SPECIES, "Panthera leo", "panthera"),
        Taxon("panthera-onca", Rank.SPECIES, "Panthera onca", "panthera"),
    ]
)


@pytest.fixture
def tiny(tmp_path: Path) -> Bundle:
    """A network with random weights, beside which other weights can be put."""
    torch.manual_seed(0)
    save_file(create_backbone("test_efficientnet", 2).state_dict(), tmp_path / WEIGHTS)
    return Bundle(
        name="Tiny", version="1", architecture="test_efficientnet", options={},
        preprocessing=Preprocessing(32, "squash", 1.0, HALF, HALF),
        classes=("panthera-leo", "panthera-onca"), taxonomy=TREE,
        calibration=Calibration(1.0, 0.7, 1, 0.0), weights_sha256="0" * 64, licence="CC0", folder=tmp_path,
    )  # fmt: skip


def noise(count: int, size: int = 32) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(0, 1, (3, size, size)).astype(np.float32) for _ in range(count)]


def test_two_photos_together_score_like_one_at_a_time(
    classifier: TorchClassifier, cat_pixels: np.ndarray
) -> None:
    spec = classifier.bundle.preprocessing
    photos = [Image.fromarray(cat_pixels), Image.fromarray(255 - cat_pixels[::-1])]
    arrays = [to_array(fit(photo, spec), spec) for photo in photos]
    together = classifier.predict(arrays)
    for row, array in enumerate(arrays):
        alone = classifier.predict([array])
        assert np.abs(together.logits[row] - alone.logits[0]).max() < 1e-4
        assert np.abs(together.embeddings[row] - alone.embeddings[0]).max() < 1e-4
    assert np.abs(together.logits[0] - together.logits[1]).max() > 1  # different photos differ


def test_no_photos_give_no_rows(classifier: TorchClassifier) -> None:
    prediction = classifier.predict([])
    assert prediction.logits.shape == (0, len(classifier.bundle.classes))
    assert len(prediction.embeddings) == 0


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_the_batch_size_bounds_memory_and_changes_nothing(tiny: Bundle, count: int) -> None:
    by_twos = TorchClassifier(tiny, device="cpu", batch_size=2)
    seen: list[int] = []
    by_twos._network.backbone.conv_stem.register_forward_pre_hook(
        lambda _, inputs: seen.append(len(inputs[0]))
    )  # type: ignore[operator, union-attr]
    arrays = noise(count)
    prediction = by_twos.predict(arrays)
    assert sum(seen) == count
    assert max(seen) <= 2
    whole = TorchClassifier(tiny, device="cpu").predict(arrays)
    assert np.allclose(prediction.logits, whole.logits, atol=1e-5)
    assert prediction.embeddings.shape[0] == count
    assert prediction.logits.dtype == prediction.embeddings.dtype == np.float32


def test_rows_keep_the_order_of_the_photos(tiny: Bundle) -> None:
    classifier, arrays = TorchClassifier(tiny, device="cpu", batch_size=2), noise(3)
    forwards, backwards = classifier.predict(arrays), classifier.predict(arrays[::-1])
    assert np.allclose(forwards.logits, backwards.logits[::-1], atol=1e-5)


def test_many_threads_get_their_own_answers(tiny: Bundle) -> None:
    classifier, arrays = TorchClassifier(tiny, device="cpu"), noise(24)
    expected = [classifier.predict([array]).logits[0] for array in arrays]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda array: classifier.predict([array]).logits[0], arrays))
    assert np.allclose(found, expected, atol=1e-5)


def test_weights_for_another_number_of_classes_are_refused(tiny: Bundle) -> None:
    with pytest.raises(BundleError, match="does not fit test_efficientnet"):
        TorchClassifier(replace(tiny, classes=(*tiny.classes, "panthera-pardus")), device="cpu")


def test_weights_of_another_architecture_are_refused(tiny: Bundle) -> None:
    with pytest.raises(BundleError, match="does not fit test_resnet"):
        TorchClassifier(replace(tiny, architecture="test_resnet"), device="cpu")


@pytest.mark.parametrize("content", [b"", b"not weights", b"\xff" * 64])
def test_a_file_that_holds_no_weights_is_refused(tiny: Bundle, content: bytes) -> None:
    tiny.weights_path.write_bytes(content)
    with pytest.raises(BundleError, match="does not fit"):
        TorchClassifier(tiny, device="cpu")


def test_weights_that_vanished_are_explained(tiny: Bundle) -> None:
    tiny.weights_path.unlink()
    with pytest.raises(BundleError, match="does not fit"):
        TorchClassifier(tiny, device="cpu")


def test_half_precision_weights_are_computed_in_full(tiny: Bundle) -> None:
    weights = {
        key: v.half() if v.is_floating_point() else v for key, v in load_file(tiny.weights_path).items()
    }
    save_file(weights, tiny.weights_path)
    assert TorchClassifier(tiny, device="cpu").predict(noise(1)).logits.dtype == np.float32


def test_scores_that_are_no_numbers_are_an_error(tiny: Bundle) -> None:
    weights = load_file(tiny.weights_path)
    weights["classifier.bias"].fill_(float("nan"))
    save_file(weights, tiny.weights_path)
    with pytest.raises(BundleError, match="not numbers"):
        TorchClassifier(tiny, device="cpu").predict(noise(1))


def test_a_model_without_a_folder_cannot_be_loaded(tiny: Bundle) -> None:
    with pytest.raises(BundleError, match="no folder"):
        TorchClassifier(replace(tiny, folder=None), device="cpu")
