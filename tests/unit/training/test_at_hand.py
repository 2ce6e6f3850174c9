"""When the last blocks may learn: enough corrections, and photos of what the model remembers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.model.bundle import file_sha256
from core.training import at_hand
from core.training.embedded import PhotoRow
from core.training.finetune import FinetuneOptions
from tests.unit.training.conftest import NEW, Photos, Run

HEAD = FinetuneOptions(epochs=1, depth="head")
AUTO = FinetuneOptions(epochs=1)
BLOCKS = FinetuneOptions(epochs=1, depth="blocks")
Find = Callable[[str], PhotoRow | None]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_hand, "LEAST", 10)


def why(result) -> str:
    return next(reason for reason in result.reasons if "blocks" in reason or "head" in reason)


def test_few_corrections_are_for_the_head(run: Run, find: Find) -> None:
    result = run(find_photo=find, options=AUTO)
    assert result.depth == "head"
    assert (
        why(result)
        == "the last blocks of the network stay as they are: 24 corrections are fewer than the 200 that they need"
    )


def test_without_the_photos_the_blocks_stay(run: Run, few: None, tmp_path: Path) -> None:
    result = run(options=AUTO)
    assert "of 64 photos that the model remembers 0 are here" in why(result)
    assert not (tmp_path / "cache" / "maps").exists(), "nothing is looked at in vain"
    with pytest.raises(TrainingError, match="nobody could tell what it forgets"):
        run(out="asked", options=BLOCKS)


def test_some_photos_may_be_gone_but_not_all_of_a_class(
    run: Run, find: Find, few: None, draw: Photos
) -> None:
    some = {file_sha256(p.path)[:16] for p in draw(("panthera-leo",), train=10, val=6)[:3]}
    result = run(find_photo=lambda start: None if start in some else find(start), options=BLOCKS)
    assert result.depth == "blocks"
    assert "85 photos are here" in why(result)  # 24 corrections, 64 - 3 remembered
    all_lions = {file_sha256(p.path)[:16] for p in draw(("panthera-leo",), train=10, val=6)[:10]}
    lost = run(out="lost", find_photo=lambda start: None if start in all_lions else find(start), options=AUTO)
    assert lost.depth == "head"


def test_the_head_alone_as_told(run: Run, find: Find, few: None) -> None:
    assert why(run(find_photo=find, options=HEAD)) == "only the head learns, as told"


def test_a_network_that_cannot_be_cut_is_told(
    run: Run, find: Find, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_hand, "cut", lambda *given: None)
    assert "cannot be cut" in why(run(find_photo=find, options=AUTO))


def test_a_correction_whose_photo_is_gone_since_is_left_out(
    run: Run, find: Find, few: None, rows, tmp_path: Path
) -> None:
    corrections, places = rows
    run(out="first", options=HEAD)  # every correction is in the cache now
    lost = next(one.sha256 for one in corrections if one.label != NEW)
    moved = {**places, lost: tmp_path / "gone.png"}
    result = run(find_photo=find, photo_path=moved.__getitem__, options=BLOCKS)
    assert [(one.sha256, one.reason) for one in result.left_out] == [(lost, "the photo is gone")]
