"""Manifest rows as network input."""

import io
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from core.errors import MediaError
from core.model import Preprocessing
from core.model.preprocess import fit, to_array
from core.training.augment import Augmentation
from core.training.dataset import PhotoDataset
from core.training.manifest import LabelledPhoto
from tests.factories import scene

HALF = (0.5, 0.5, 0.5)
SPEC = Preprocessing(24, "squash", 1.0, HALF, HALF)


@pytest.fixture
def photos(tmp_path: Path) -> list[LabelledPhoto]:
    rows = []
    for number, label in enumerate("abab"):
        scene(64, 48, seed=number).save(tmp_path / f"{number}.png")
        rows.append(LabelledPhoto(tmp_path / f"{number}.png", label, "train"))
    return rows


def test_a_photo_is_what_the_app_would_show_the_network(photos: list[LabelledPhoto]) -> None:
    dataset = PhotoDataset(photos, ["a", "b"], SPEC)
    tensor, target = dataset[1]
    expected = to_array(fit(Image.open(photos[1].path).convert("RGB"), SPEC), SPEC)
    assert len(dataset) == 4
    assert target == 1
    assert tensor.dtype == torch.float32
    assert torch.equal(tensor, torch.from_numpy(expected))


def test_a_class_is_its_place_in_the_list(photos: list[LabelledPhoto]) -> None:
    dataset = PhotoDataset(photos, ["x", "b", "a"], SPEC)
    assert [dataset[i][1] for i in range(4)] == [2, 1, 2, 1]


def test_a_label_outside_the_classes_is_found_at_once(photos: list[LabelledPhoto]) -> None:
    with pytest.raises(KeyError, match="b"):
        PhotoDataset(photos, ["a"], SPEC)


def test_a_view_depends_on_seed_epoch_and_photo_alone(photos: list[LabelledPhoto]) -> None:
    def view(position: int, **options: int) -> torch.Tensor:
        return PhotoDataset(photos, ["a", "b"], SPEC, how=Augmentation(), **options)[position][0]

    first = view(0, seed=1, epoch=2)
    assert torch.equal(first, view(0, seed=1, epoch=2))
    assert not torch.equal(first, view(0, seed=1, epoch=3))
    assert not torch.equal(first, view(0, seed=2, epoch=2))
    again = PhotoDataset([photos[0]] * 2, ["a", "b"], SPEC, how=Augmentation(), seed=1, epoch=2)
    assert not torch.equal(again[0][0], again[1][0])


def test_the_order_of_asking_changes_no_view(photos: list[LabelledPhoto]) -> None:
    dataset = PhotoDataset(photos, ["a", "b"], SPEC, how=Augmentation(), seed=3)
    forwards = [dataset[i][0] for i in range(4)]
    backwards = [dataset[i][0] for i in reversed(range(4))][::-1]
    assert all(torch.equal(one, other) for one, other in zip(forwards, backwards, strict=True))


def test_photos_stack_into_batches(photos: list[LabelledPhoto]) -> None:
    dataset = PhotoDataset(photos, ["a", "b"], SPEC, how=Augmentation())
    sizes = [tuple(images.shape) for images, _ in DataLoader(dataset, 3)]
    assert sizes == [(3, 3, 24, 24), (1, 3, 24, 24)]


def test_a_photo_taken_sideways_is_turned_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 40), (255, 0, 0))
    image.paste((0, 0, 255), (0, 0, 40, 20))  # blue above red, as stored
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    buffer = io.BytesIO()
    image.save(buffer, "PNG", exif=exif)
    (tmp_path / "turned.png").write_bytes(buffer.getvalue())
    tensor, _ = PhotoDataset([LabelledPhoto(tmp_path / "turned.png", "a", "val")], ["a"], SPEC)[0]
    assert tensor[:, 2, 12].tolist() == [1.0, -1.0, -1.0]  # red is above now


def test_a_photo_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    with pytest.raises(MediaError, match=r"broken\.jpg"):
        PhotoDataset([LabelledPhoto(tmp_path / "broken.jpg", "a", "train")], ["a"], SPEC)[0]
