"""Progress on standard error."""

import pytest

from core.progress import TrainingProgress, progress_bar
from core.training.loop import EpochReport, Step


def test_a_run_is_told_on_standard_error_only(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as bar:
        listener = TrainingProgress(bar)
        listener.on_stage("linear probe")
        listener.on_features(3, 10)
        listener.on_step(Step(epoch=2, epochs=4, step=5, steps=10, loss=0.5, remaining_s=3))
        assert listener.on_epoch(EpochReport(2, 0.51, 0.8765, 0.9, 12.3)) is True
    out, err = capsys.readouterr()
    assert out == ""
    assert "linear probe" in err
    assert "macro-F1 0.8765" in " ".join(err.split())


def test_all_epochs_are_one_bar() -> None:
    with progress_bar(quiet=True) as bar:
        listener = TrainingProgress(bar)
        listener.on_features(3, 10)
        assert (bar.tasks[0].completed, bar.tasks[0].total) == (3, 10)
        listener.on_step(Step(epoch=2, epochs=4, step=5, steps=10, loss=0.5, remaining_s=3))
    (task,) = bar.tasks
    assert (task.completed, task.total) == (15, 40)
    assert task.description == "epoch 2/4, loss 0.500"


def test_a_quiet_bar_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(quiet=True) as bar:
        bar.advance(bar.add_task("identifying", total=3))
    assert capsys.readouterr() == ("", "")
