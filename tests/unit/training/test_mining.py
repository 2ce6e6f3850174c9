"""Empty frames made of the training photos."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.model.network import Network, create_network
from core.model.tree_head import HeadSpec
from core.taxonomy import BLANK
from core.training import mining
from core.training.mining import mine_backgrounds
from core.training.task import Task


@pytest.fixture(autouse=True)
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny network knows nothing: show it where the animal is, and take what it makes of the rest."""
    heat = np.zeros((12, 16))
    heat[4:8, 1:5] = 1.0
    monkeypatch.setattr(mining, "activation", lambda features, weight: heat)
    monkeypatch.setattr(mining, "STILL_SEEN", 1.1)


def test_blank_frames_are_written_and_found_again(network: Network, task: Task, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    made = mine_backgrounds(
        network.eval(), task, tmp_path, share=0.25, seed=0, on_progress=lambda *at: seen.append(at)
    )
    assert 0 < len(made) <= 4
    assert {photo.label for photo in made} == {BLANK}
    assert {photo.kind for photo in made} == {"background"}
    assert {photo.split for photo in made} == {"train"}
    assert all(photo.path.is_file() for photo in made)
    assert seen[-1][1] == 4
    for photo in made:  # nothing but grey is left of photos with a coloured square
        pixels = np.asarray(Image.open(photo.path)).astype(int)
        assert (np.ptp(pixels, axis=2) > 60).mean() < 0.04
    with torch.no_grad():
        network.head.bias.fill_(float("nan"))  # a second look would fail
    assert mine_backgrounds(network, task, tmp_path, share=0.25, seed=0) == made


def test_frames_in_which_the_animal_is_still_seen_are_dropped(
    network: Network, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mining, "STILL_SEEN", 0.0)
    assert mine_backgrounds(network.eval(), task, tmp_path, share=0.5, seed=0) == ()


def test_without_the_class_blank_there_is_nothing_to_make(
    network: Network, task: Task, tmp_path: Path
) -> None:
    without = replace(task, classes=task.classes[:-1])
    assert mine_backgrounds(network, without, tmp_path, share=0.5, seed=0) == ()
    assert mine_backgrounds(network, task, tmp_path, share=0.0, seed=0) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_transformer_has_no_maps_to_look_at(task: Task, tmp_path: Path) -> None:
    big = replace(task, spec=replace(task.spec, size=160))
    net = create_network("test_vit", {}, HeadSpec().to_record(), task.classes, task.taxonomy).eval()
    assert mine_backgrounds(net, big, tmp_path, share=0.5, seed=0) == ()
