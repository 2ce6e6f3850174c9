"""Photos as a model sees them, looked at once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import TrainingError
from core.model import read_bundle
from core.model.bundle import file_sha256
from core.training import embedded
from core.training.embedded import PhotoRow, backbone_sha256, embed_photos, load_network
from tests.unit.training.conftest import COLOURS, Photos


@pytest.fixture
def photos(draw: Photos) -> list[PhotoRow]:
    return [PhotoRow(file_sha256(p.path), p.path) for p in draw(tuple(COLOURS), train=2, val=0)]


def test_a_photo_is_looked_at_once(
    base: Path, photos: list[PhotoRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, told = read_bundle(base), []
    first, lost = embed_photos(
        bundle, photos, tmp_path, on_progress=lambda done, total: told.append((done, total))
    )
    assert not lost
    assert told == [(0, 6), (6, 6)]
    monkeypatch.setattr(embedded, "TorchClassifier", None)  # would fail if it were needed
    again, _ = embed_photos(bundle, photos, tmp_path)
    assert all(np.array_equal(first[one.sha256], again[one.sha256]) for one in photos)


def test_what_is_damaged_in_the_cache_is_computed_anew(
    base: Path, photos: list[PhotoRow], tmp_path: Path
) -> None:
    bundle = read_bundle(base)
    first, _ = embed_photos(bundle, photos, tmp_path)
    for path in tmp_path.rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:50])
    again, _ = embed_photos(bundle, photos, tmp_path)
    assert all(np.array_equal(first[one.sha256], again[one.sha256]) for one in photos)


def test_photos_that_cannot_be_used_say_why(base: Path, photos: list[PhotoRow], tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("no photo")
    rows = [
        PhotoRow("a" * 64, tmp_path / "gone.jpg"),
        PhotoRow("b" * 64, text),
        PhotoRow("c" * 64, photos[0].path),
    ]
    found, lost = embed_photos(read_bundle(base), rows, tmp_path / "cache")
    assert not found
    assert lost["a" * 64] == "the photo is gone"
    assert lost["b" * 64].startswith("the photo cannot be read: ")
    assert lost["c" * 64] == "the file was changed since"


def test_models_that_differ_in_their_heads_share_what_was_seen(base: Path) -> None:
    bundle = read_bundle(base)
    assert backbone_sha256(bundle) == backbone_sha256(
        replace(bundle, version="9", classes=bundle.classes[:2])
    )
    other = replace(bundle, preprocessing=replace(bundle.preprocessing, size=64))
    assert backbone_sha256(bundle) != backbone_sha256(other)


def test_only_models_with_a_tree_head_learn(base: Path) -> None:
    bundle = read_bundle(base)
    assert load_network(bundle).head is not None
    for other in (replace(bundle, head={}), replace(bundle, outputs=bundle.classes)):
        with pytest.raises(TrainingError, match="has no tree head"):
            load_network(other)
