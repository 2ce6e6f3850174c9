"""What all classifiers have in common."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import BundleError
from core.model import Bundle
from core.model.batched import BatchedClassifier
from tests.unit.model.test_outputs import bundle


class Sums(BatchedClassifier):
    """Scores every output with the sum of the pixels, and remembers the sizes of its batches."""

    def __init__(self, made: Bundle, **options: int) -> None:
        super().__init__(made, **options)
        self.sizes: list[int] = []

    def look(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.sizes.append(len(batch))
        sums = batch.sum(axis=(1, 2, 3))[:, None]
        outputs = len(self.bundle.outputs or self.bundle.classes)
        return (sums * np.arange(outputs))[:, None].astype(np.float32), sums.astype(np.float32)


def photos(count: int) -> list[np.ndarray]:
    return [np.full((3, 4, 4), number / 100, np.float32) for number in range(count)]


def test_photos_are_looked_at_in_batches_and_stay_in_order() -> None:
    classifier = Sums(bundle(), batch_size=2)
    found = classifier.predict(photos(5))
    assert classifier.sizes == [2, 2, 1]
    assert found.embeddings[:, 0] == pytest.approx([48 * n / 100 for n in range(5)])
    assert found.experts is None
    assert found.logits.shape == (5, len(classifier.bundle.classes))


def test_outputs_are_mapped_to_classes() -> None:
    found = Sums(bundle("s0-0", "s1-0"), batch_size=8).predict(photos(3))
    assert np.exp(found.logits).sum(axis=1) == pytest.approx(1.0, abs=1e-4)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(BundleError, match="not numbers"):
        Sums(bundle(), batch_size=8).predict([np.full((3, 4, 4), np.nan, np.float32)])


def test_no_photos_are_no_rows(tmp_path: Path) -> None:
    found = Sums(replace(bundle(), folder=tmp_path), batch_size=8).predict([])
    assert found.logits.shape == (0, len(bundle().classes))
