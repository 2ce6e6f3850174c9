"""What fine-tuning leaves in the log of runs."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core.training.corrections import Correction
from core.training.finetune_log import corrections_sha256, noting
from core.training.results import Progress
from core.training.run_log import RunKind, RunLog

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def test_epochs_are_noted_and_everything_is_passed_on(tmp_path: Path) -> None:
    log, heard = RunLog(tmp_path), []
    recorder = log.begin(RunKind.FINETUNE, Path("out"), "d" * 64, {}, at=AT)
    note = noting(recorder, heard.append)
    said = [
        Progress("looking at the photos", 1, 9), Progress("learning", 1, 2, loss=2.0, macro_f1=0.5),
        Progress("learning", 2, 2, loss=1.0),
    ]  # fmt: skip
    for progress in said:
        note(progress)
    assert heard == said
    (run,) = log.all()
    assert run.epochs == (
        {"epoch": 1.0, "train_loss": 2.0, "val_macro_f1": 0.5}, {"epoch": 2.0, "train_loss": 1.0},
    )  # fmt: skip
    assert run.curve == run.epochs[:1]


def test_the_hash_is_of_what_is_learnt_from() -> None:
    one, other = Correction("a" * 64, "panthera-leo"), Correction("b" * 64, "equus-quagga", held_out=True)
    known = corrections_sha256([one, other])
    assert corrections_sha256([other, one]) == known
    for changed in (replace(one, label="felidae"), replace(one, contested=True), replace(one, weight=0.5)):
        assert corrections_sha256([changed, other]) != known
