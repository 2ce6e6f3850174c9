"""The last blocks learn along: what changes, what does not, and what the new model remembers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from core.media import load_photo
from core.model.backbones import depths
from core.model.bundle import WEIGHTS
from core.model.memory_file import read_memory
from core.model.novelty_file import read_novelty
from core.model.preprocess import fit, to_array
from core.model.torch_classifier import TorchClassifier
from core.training import at_hand
from core.training.embedded import PhotoRow, load_network
from core.training.finetune import FinetuneOptions, Progress
from core.training.interpolation import Tried
from core.training.last_stage import StageConfig
from core.training.results import DEEPER
from core.training.ways import Way, better
from tests.unit.training.conftest import NEW, Run

Find = Callable[[str], PhotoRow | None]
OPTIONS = FinetuneOptions(
    epochs=2, depth="blocks", alpha=1.0, stage=StageConfig(epochs=3, backbone_rate=3e-3, average=0.5)
)


def test_only_the_last_blocks_and_the_head_change(run: Run, find: Find, base: Path, tmp_path: Path) -> None:
    result = run(find_photo=find, options=OPTIONS)
    assert result.depth == "blocks"
    assert "as told" in " ".join(result.reasons)
    before, after = load_file(base / WEIGHTS), load_file(tmp_path / "new" / WEIGHTS)
    changed = {n for n in before if n.startswith("backbone.") and not np.array_equal(before[n], after[n])}
    assert changed
    depth = depths(load_network(result.bundle).backbone)
    assert {depth[name.removeprefix("backbone.")] for name in changed} == {4, 5}
    assert result.bundle.training["finetune"]["depth"] == "blocks"


def test_the_new_model_remembers_photos_as_its_own_backbone_sees_them(run: Run, find: Find) -> None:
    bundle = run(find_photo=find, options=OPTIONS).bundle
    memory, seen = read_memory(bundle), TorchClassifier(bundle)
    assert memory is not None
    for row in range(0, len(memory.targets), 11):
        photo = find(f"{int(memory.photos[row]):016x}")
        if photo is None:
            continue  # a correction
        image = fit(load_photo(photo.path).image, bundle.preprocessing)
        embedding = seen.predict([to_array(image, bundle.preprocessing)]).embeddings[0]
        assert np.abs(memory.embeddings[row] - embedding).max() < 0.05 * np.abs(embedding).max()
    novelty = read_novelty(bundle)
    assert novelty is not None
    assert bundle.classes.index(NEW) in novelty.columns


def test_a_model_whose_blocks_learnt_goes_on_learning(run: Run, find: Find, rows) -> None:
    """Its memory is of its own backbone, so that the next lesson starts from what it says."""
    first = run(find_photo=find, options=OPTIONS)
    again = run(out="again", base=first.bundle.folder, options=FinetuneOptions(epochs=1))
    assert again.depth == "head"
    assert again.before.corrected_right == pytest.approx(first.after.corrected_right, abs=0.05)


def test_the_same_corrections_make_the_same_model_and_a_killed_run_too(
    run: Run, find: Find, tmp_path: Path
) -> None:
    whole = run(out="whole", find_photo=find, options=OPTIONS)

    def kill(progress: Progress) -> None:
        if progress.stage == DEEPER and progress.done - OPTIONS.epochs == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(out="killed", cache=tmp_path / "other", find_photo=find, options=OPTIONS, on_progress=kill)
    assert not (tmp_path / "killed").exists()
    again = run(out="killed", cache=tmp_path / "other", find_photo=find, options=OPTIONS)
    assert again.bundle.weights_sha256 == whole.bundle.weights_sha256
    assert again.bundle.files == whole.bundle.files


def test_half_way_lies_between(run: Run, find: Find, tmp_path: Path) -> None:
    for alpha in (0.0, 0.5, 1.0):
        run(out=str(alpha), find_photo=find, options=replace(OPTIONS, alpha=alpha))
    none, half, whole = (load_file(tmp_path / str(alpha) / WEIGHTS) for alpha in (0.0, 0.5, 1.0))
    name = "backbone.conv_head.weight"
    assert not np.array_equal(none[name], whole[name])
    middle = (none[name].astype(np.float32) + whole[name].astype(np.float32)) / 2
    np.testing.assert_allclose(half[name], middle, atol=2e-3)


def test_progress_never_goes_back(run: Run, find: Find) -> None:
    seen: list[Progress] = []
    run(find_photo=find, options=OPTIONS, on_progress=seen.append)
    steps = [one.done for one in seen if one.loss is not None]
    assert steps == sorted(set(steps))
    assert len(steps) == 2 + 3
    shares = [one.share for one in seen]
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] < shares[-1] <= 1.0


def test_the_blocks_are_tried_and_the_reason_says_what_came_of_it(
    run: Run, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_hand, "LEAST", 10)
    result = run(find_photo=find, options=replace(OPTIONS, depth="auto", alpha=None))
    (reason,) = [one for one in result.reasons if "macro-F1 with them" in one]
    changed = reason.startswith("the last blocks of the network change too")
    assert (result.depth == "blocks") == changed


def way(old: float, corrections: float, held_out: float | None) -> Way:
    return Way("blocks", None, None, Tried(1.0, old, corrections), (), held_out, "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("blocks", "gains"),
    [
        (way(0.9, 0.9, 0.6), True),
        (way(0.9, 0.9, None), True),
        (way(0.9, 0.9, 0.4), False),  # learnt by heart
        (way(0.8, 0.99, 0.6), False),  # forgets
        (way(0.9, 0.7, 0.6), False),
    ],
)
def test_they_must_gain_and_lose_nothing(blocks: Way, gains: bool) -> None:
    said, reason = better(way(0.9, 0.8, 0.5), blocks)
    assert said is gains
    assert reason.startswith(
        "the last blocks of the network change too"
        if gains
        else "the last blocks of the network stay as they are"
    )
    assert "corrections" in reason
    told, reason = better(way(0.9, 0.8, 0.5), blocks, told=True)
    assert told
    assert ("as told" in reason) is not gains
