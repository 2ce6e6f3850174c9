"""What frozen layers see: the same as when they are run, once for each photo."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.model import Bundle, read_bundle
from core.model.backbones import cut, depths, pooled_features
from core.model.bundle import file_sha256
from core.model.network import Network
from core.training import feature_maps
from core.training.embedded import PhotoRow, embed_photos, load_network
from core.training.feature_maps import look_at
from core.training.last_stage import features_of
from tests.unit.training.conftest import COLOURS, SPEC, Photos


@pytest.fixture
def bundle(base: Path) -> Bundle:
    return read_bundle(base)


@pytest.fixture
def parts(bundle: Bundle) -> tuple[nn.Module, nn.Module]:
    backbone = load_network(bundle).backbone
    found = cut(backbone, max(depths(backbone).values()) - 1, SPEC.size)
    assert found is not None
    return found


@pytest.fixture
def photos(draw: Photos) -> list[PhotoRow]:
    return [PhotoRow(file_sha256(p.path), p.path) for p in draw(tuple(COLOURS), train=2, val=0)]


def test_with_the_layers_after_them_they_are_the_embeddings(
    bundle: Bundle, parts: tuple[nn.Module, nn.Module], photos: list[PhotoRow], tmp_path: Path
) -> None:
    maps = look_at(parts[0], SPEC, photos, tmp_path)
    whole, _ = embed_photos(bundle, photos, tmp_path)
    late = features_of(
        Network(parts[1], load_network(bundle).head), np.stack([maps[p.sha256] for p in photos])
    )
    expected = np.stack([whole[p.sha256] for p in photos])
    np.testing.assert_allclose(late, expected, atol=0.02 * expected.max())
    assert np.ptp(expected, axis=0).max() > 0.2 * expected.max(), "photos differ by far more than that"


def test_a_photo_is_looked_at_once(
    parts: tuple[nn.Module, nn.Module],
    photos: list[PhotoRow],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[int, int]] = []
    first = look_at(
        parts[0], SPEC, photos, tmp_path, on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(0, 6), (6, 6)]
    monkeypatch.setattr(feature_maps, "stage_maps", None)  # would fail if it were needed
    again = look_at(parts[0], SPEC, photos, tmp_path)
    assert all(np.array_equal(first[one.sha256], again[one.sha256]) for one in photos)


def test_other_weights_or_sizes_share_nothing(
    parts: tuple[nn.Module, nn.Module], photos: list[PhotoRow], tmp_path: Path
) -> None:
    look_at(parts[0], SPEC, photos[:1], tmp_path)
    with torch.no_grad():
        next(parts[0].parameters()).mul_(2)
    look_at(parts[0], SPEC, photos[:1], tmp_path)
    assert len(list((tmp_path / "maps").iterdir())) == 2


def test_what_is_damaged_in_the_cache_is_computed_anew(
    parts: tuple[nn.Module, nn.Module], photos: list[PhotoRow], tmp_path: Path
) -> None:
    first = look_at(parts[0], SPEC, photos, tmp_path)
    for path in tmp_path.rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:-9])
    again = look_at(parts[0], SPEC, photos, tmp_path)
    assert all(np.array_equal(first[one.sha256], again[one.sha256]) for one in photos)


def test_photos_that_cannot_be_used_are_left_out(
    parts: tuple[nn.Module, nn.Module], photos: list[PhotoRow], tmp_path: Path
) -> None:
    rows = [PhotoRow("a" * 64, tmp_path / "gone.jpg"), PhotoRow("c" * 64, photos[0].path), photos[1]]
    assert set(look_at(parts[0], SPEC, rows, tmp_path)) == {photos[1].sha256}


def test_the_cut_network_is_the_network(bundle: Bundle, parts: tuple[nn.Module, nn.Module]) -> None:
    images = torch.randn(2, 3, SPEC.size, SPEC.size)
    with torch.inference_mode():
        whole = pooled_features(load_network(bundle).backbone, images)
        np.testing.assert_allclose(
            pooled_features(parts[1], feature_maps.stage_maps(parts[0], images)), whole, atol=1e-4
        )
