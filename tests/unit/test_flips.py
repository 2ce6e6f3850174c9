"""Answers that change from one model to the next."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import TrainingCancelled
from core.flips import find_flips
from core.media import MediaLibrary
from core.model import Classifier, Prediction, read_bundle
from core.model.loading import load_classifier
from core.settings import Settings
from tests.demo.world import NAME


@pytest.fixture
def model(drawn_house: Settings) -> Classifier:
    return load_classifier(read_bundle(drawn_house.own_models / NAME))


@pytest.fixture
def photos(drawn_house: Settings) -> list[Path]:
    return sorted(MediaLibrary(drawn_house.data / "media").folder.rglob("*.bin"))[:9]


class Contrary:
    """Says of every photo what it is least like."""

    def __init__(self, model: Classifier) -> None:
        self.bundle, self.novelty, self._model = model.bundle, None, model

    def predict(self, arrays) -> Prediction:
        found = self._model.predict(arrays)
        return Prediction(-20 * found.logits, found.embeddings)


def test_only_what_changes_is_told(model: Classifier, photos: list[Path], monkeypatch) -> None:
    assert len(photos) == 9
    monkeypatch.setattr("core.flips.AT_ONCE", 4)
    assert list(find_flips(photos, model, model)) == []
    seen: list[tuple[int, int]] = []
    gone = photos[0].with_name("gone")
    found = list(find_flips([*photos, gone], model, Contrary(model), on_progress=lambda *n: seen.append(n)))
    assert {one.sha256 for one in found} <= {path.stem for path in photos}
    assert len(found) > len(photos) / 2
    assert all(one.old_taxon != one.new_taxon for one in found)
    assert seen == [(4, 10), (8, 10), (10, 10)]


def test_a_cancel_is_heard_between_batches(model: Classifier, photos: list[Path], monkeypatch) -> None:
    monkeypatch.setattr("core.flips.AT_ONCE", 2)
    asked: list[Callable[[], bool]] = []
    found = find_flips(
        photos,
        model,
        Contrary(model),
        is_cancelled=lambda: len(asked) > 1,
        on_progress=lambda *n: asked.append(len),
    )
    with pytest.raises(TrainingCancelled):
        list(found)
    assert len(asked) == 2
