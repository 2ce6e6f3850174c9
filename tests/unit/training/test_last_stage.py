"""Training what follows the cut: it learns, the same every time, also after it was killed."""

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.utils import parameters_to_vector

from core.errors import TrainingError
from core.model import Bundle, read_bundle
from core.model.backbones import cut, depths
from core.model.network import Network
from core.training.embedded import load_network
from core.training.last_stage import (
    StageConfig,
    StageExamples,
    features_of,
    rehearse_stage,
    scores_of,
)
from core.training.losses import label_spans, leaf_positions
from tests.unit.training.conftest import COLOURS

Learn = Callable[..., Network]
CONFIG = StageConfig(epochs=3, backbone_rate=1e-2, head_rate=1e-2)


@pytest.fixture
def bundle(base: Path) -> Bundle:
    return read_bundle(base)


@pytest.fixture
def positions(bundle: Bundle) -> torch.Tensor:
    return torch.from_numpy(leaf_positions(bundle.classes, bundle.taxonomy))


@pytest.fixture
def late(bundle: Bundle) -> Network:
    """What follows the cut, and the head."""
    network = load_network(bundle)
    parts = cut(network.backbone, max(depths(network.backbone).values()), 96)
    assert parts is not None
    return Network(parts[1], network.head).eval()


@pytest.fixture
def examples(late: Network, bundle: Bundle) -> StageExamples:
    """Maps drawn at random, of three kinds that differ."""
    rng = np.random.default_rng(0)
    labels = [name for name in COLOURS for _ in range(8)]
    shape = (next(p for p in late.backbone.parameters() if p.ndim == 4).shape[1], 3, 3)
    kinds = {name: rng.normal(size=shape) for name in COLOURS}
    maps = np.stack([kinds[name] + rng.normal(size=shape) / 2 for name in labels]).astype(np.float16)
    spans = torch.from_numpy(label_spans(labels, bundle.classes, bundle.taxonomy))
    return StageExamples(maps, spans, torch.full((len(labels),), 1 / len(labels)))


@pytest.fixture
def learn(late: Network, examples: StageExamples, positions: torch.Tensor) -> Learn:
    def learn(
        folder: Path, config: StageConfig = CONFIG, shown: StageExamples = examples, **more: object
    ) -> Network:
        network = copy.deepcopy(late)
        offsets = torch.zeros(len(network.experts), len(positions))
        given = {"task": "t", "old": late, **more}
        rehearse_stage(network, shown, shown, positions, offsets, config, folder, **given)  # type: ignore[arg-type]
        return network

    return learn


def loss(network: Network, examples: StageExamples, positions: torch.Tensor) -> float:
    scores = scores_of(network, examples.maps).mean(dim=1).log_softmax(dim=-1)
    targets = (positions == examples.spans[:, -1, :1]).int().argmax(dim=1)
    return float(torch.nn.functional.nll_loss(scores, targets))


def test_the_last_blocks_learn(
    learn: Learn, late: Network, examples: StageExamples, positions: torch.Tensor, tmp_path: Path
) -> None:
    free = StageConfig(epochs=10, backbone_rate=1e-2, head_rate=1e-2, anchor=0.0, distil=0.0, average=0.0)
    learnt = learn(tmp_path, free)
    assert loss(learnt, examples, positions) < loss(late, examples, positions) / 2
    assert not np.allclose(features_of(learnt, examples.maps), features_of(late, examples.maps))


def test_norms_keep_their_statistics(
    learn: Learn, late: Network, examples: StageExamples, tmp_path: Path
) -> None:
    learnt = learn(tmp_path).state_dict()
    kept = [name for name in learnt if "running" in name]
    assert kept
    assert all(torch.equal(learnt[name], late.state_dict()[name]) for name in kept)


def test_the_anchor_holds_the_weights(
    learn: Learn, late: Network, examples: StageExamples, tmp_path: Path
) -> None:
    def far(anchor: float) -> float:
        learnt = learn(
            tmp_path / str(anchor), StageConfig(epochs=3, backbone_rate=1e-2, anchor=anchor, average=0.0)
        )  # fmt: skip
        gaps = parameters_to_vector(learnt.parameters()) - parameters_to_vector(late.parameters())
        return float(gaps.detach().norm())

    assert far(100.0) < far(0.0)


def test_old_answers_hold_the_new_ones(
    learn: Learn, late: Network, examples: StageExamples, tmp_path: Path
) -> None:
    def moved(distil: float) -> float:
        config = StageConfig(
            epochs=3, backbone_rate=1e-2, head_rate=1e-2, distil=distil, anchor=0.0, average=0.0
        )
        learnt = learn(tmp_path / str(distil), config)
        gap = scores_of(learnt, examples.maps).softmax(-1) - scores_of(late, examples.maps).softmax(-1)
        return float(gap.abs().mean())

    assert moved(50.0) < moved(0.0)


def test_old_answers_say_nothing_of_newcomers(
    learn: Learn, late: Network, examples: StageExamples, tmp_path: Path
) -> None:
    """The first guess about a newcomer may be loud; photos of others must be free to quieten it."""

    def share(fresh: tuple[int, ...]) -> float:
        config = StageConfig(
            epochs=3, backbone_rate=1e-2, head_rate=1e-2, distil=10.0, anchor=0.0, average=0.0
        )
        learnt = learn(tmp_path / str(fresh), config, fresh=fresh)
        return float(scores_of(learnt, examples.maps).softmax(-1)[..., 0].mean())

    assert share((0,)) < share(())


def test_a_killed_run_goes_on_to_the_same_weights(
    learn: Learn, late: Network, examples: StageExamples, tmp_path: Path
) -> None:
    whole = learn(tmp_path / "whole")

    def kill(done: int, total: int, loss: float | None) -> None:
        if loss is not None and done == 2 * total // 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(tmp_path / "killed", on_step=kill)
    seen: list[int] = []
    again = learn(tmp_path / "killed", on_step=lambda done, total, loss: seen.append(done))
    assert seen == [3]
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), whole.parameters(), strict=True))


def test_another_task_takes_up_no_checkpoint(
    learn: Learn, late: Network, examples: StageExamples, tmp_path: Path
) -> None:
    learn(tmp_path)
    with pytest.raises(TrainingError, match="other photos or classes"):
        learn(tmp_path, task="another")


def test_a_loss_that_is_no_number_is_told(
    learn: Learn, late: Network, examples: StageExamples, tmp_path: Path
) -> None:
    broken = StageExamples(np.full_like(examples.maps, np.nan), examples.spans, examples.weights)
    with pytest.raises(TrainingError, match="the last blocks cannot learn from this"):
        learn(tmp_path, shown=broken)


def test_no_photos_have_no_features(late: Network) -> None:
    assert features_of(late, np.empty((0, 1, 1, 1), np.float16)).shape == (0, 0)
