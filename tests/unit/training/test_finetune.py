"""From corrections to a new model: what it learns, what it keeps, and what it refuses."""

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from core.decision import log_likelihoods, sharpen, softmax
from core.errors import TrainingCancelled, TrainingError
from core.media import load_photo
from core.media.library import write_whole
from core.model import read_bundle, write_bundle
from core.model.bundle import WEIGHTS, file_sha256
from core.model.memory_file import read_memory
from core.model.novelty_file import read_novelty
from core.model.preprocess import fit, to_array
from core.model.torch_classifier import TorchClassifier
from core.taxonomy import BLANK, HUMAN, Taxonomy
from core.training import checkpoint
from core.training.course import prepare
from core.training.finetune import Correction, FinetuneOptions, Progress, finetune
from tests.unit.training.conftest import COLOURS, NEW, Photos, Run


def test_a_species_that_the_model_did_not_know_is_named(run: Run, base: Path, rows, tmp_path: Path) -> None:
    old, result = read_bundle(base), run()
    assert result.new_species == (NEW,)
    assert NEW not in old.classes
    assert NEW in result.bundle.classes
    assert any("Vulpes vulpes is new" in reason for reason in result.reasons)
    new = read_bundle(tmp_path / "new")
    assert new.weights_sha256 == result.bundle.weights_sha256 != old.weights_sha256
    assert new.version == "2.1"
    assert new.training["finetune"]["base_sha256"] == old.weights_sha256
    assert new.metrics == {}
    memory = read_memory(new)
    assert memory is not None
    assert (memory.targets == new.classes.index(NEW)).sum() == 6
    novelty = read_novelty(new)
    assert novelty is not None
    assert new.classes.index(NEW) in novelty.columns
    assert TorchClassifier(new).predict([]).logits.shape == (0, len(new.classes))
    assert result.after.corrected_right >= result.before.corrected_right
    assert result.learnt + result.held_out + len(result.left_out) == len(rows[0])
    assert result.comparison.after.shape == (len(result.comparison.labels), len(new.classes))
    np.testing.assert_allclose(result.comparison.after.sum(axis=1), 1.0, atol=1e-6)


def test_the_backbone_stays_as_it_is(run: Run, base: Path, tmp_path: Path) -> None:
    run()
    before, after = load_file(base / WEIGHTS), load_file(tmp_path / "new" / WEIGHTS)
    names = [name for name in before if name.startswith("backbone.")]
    assert names
    assert all(np.array_equal(before[name], after[name]) for name in names)


def test_the_same_corrections_make_the_same_model(run: Run) -> None:
    one, two = run(out="one"), run(out="two")
    assert one.bundle.weights_sha256 == two.bundle.weights_sha256
    assert one.bundle.files == two.bundle.files


def test_a_killed_run_goes_on_to_the_same_model(run: Run, tmp_path: Path) -> None:
    whole = run(out="whole")

    def kill(progress: Progress) -> None:
        if progress.stage == "learning" and progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(out="killed", cache=tmp_path / "other", on_progress=kill)
    assert not (tmp_path / "killed").exists()
    seen: list[int] = []
    again = run(
        out="killed", cache=tmp_path / "other",
        on_progress=lambda p: seen.append(p.done) if p.stage == "learning" else None,
    )  # fmt: skip
    assert seen == [3, 4]
    assert again.bundle.weights_sha256 == whole.bundle.weights_sha256


def test_stopping_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    with pytest.raises(TrainingCancelled, match="was stopped"):
        run(is_cancelled=lambda: True)
    assert [path.name for path in tmp_path.iterdir() if "new" in path.name] == []


def test_a_full_disk_is_told_and_changes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_whole", full)
    with pytest.raises(TrainingError, match="No space left on device"):
        run()
    assert [path.name for path in tmp_path.iterdir() if "new" in path.name] == []
    monkeypatch.setattr(checkpoint, "write_whole", write_whole)
    assert run().learnt


def test_what_is_known_already_is_not_forgotten(run: Run, rows) -> None:
    known = [one for one in rows[0] if one.label != NEW]
    result = run([replace(known[0], label="equus-quagga"), *known[1:]])  # one of them looks like a lion
    assert result.before.old_macro_f1 == 1.0
    assert result.after.old_macro_f1 >= result.before.old_macro_f1 - 0.005
    assert result.new_species == ()
    assert result.bundle.taxonomy.sha256() == read_bundle(result.bundle.folder or Path()).taxonomy.sha256()


def test_photos_that_are_gone_are_left_out_with_the_reason(run: Run, rows, tmp_path: Path) -> None:
    corrections, places = rows
    lost, changed = corrections[0].sha256, corrections[1].sha256
    moved = {**places, lost: tmp_path / "gone.png", changed: places[corrections[2].sha256]}
    result = run(photo_path=moved.__getitem__)
    reasons = {one.sha256: one.reason for one in result.left_out}
    assert reasons == {lost: "the photo is gone", changed: "the file was changed since"}
    with pytest.raises(
        TrainingError, match=r"none of the \d+ corrected photos can be read: the photo is gone"
    ):
        run(out="none", photo_path=lambda sha256: tmp_path / "gone.png", cache=tmp_path / "empty")


def test_photos_that_judged_the_old_model_never_train_the_new_one(
    run: Run, base: Path, draw: Photos, rows
) -> None:
    judged = next(p for p in draw((*COLOURS, BLANK), train=10, val=6) if p.split == "val")
    sha256 = file_sha256(judged.path)
    memory = read_memory(read_bundle(base))
    assert memory is not None
    assert memory.held_out.any()
    places = {**rows[1], sha256: judged.path}
    result = run([*rows[0], Correction(sha256, "equus-quagga")], photo_path=places.__getitem__)
    assert result.held_out == run(out="without").held_out + 1
    assert (
        len(result.comparison.labels) == memory.held_out.sum() + result.held_out - 1
    )  # under its new label only


def test_what_was_judged_is_what_is_served(run: Run, rows, taxonomy: Taxonomy) -> None:
    judged = {one.sha256 for one in rows[0][::4]}
    result = run([replace(one, held_out=one.sha256 in judged) for one in rows[0]])
    bundle, seen = result.bundle, result.comparison
    assert seen.is_correction.sum() == len(judged) == result.held_out
    photos = [rows[1][group] for group, own in zip(seen.groups, seen.is_correction, strict=True) if own]
    arrays = [
        to_array(fit(load_photo(path).image, bundle.preprocessing), bundle.preprocessing) for path in photos
    ]
    scores = log_likelihoods(TorchClassifier(bundle).predict(arrays).logits, bundle.calibration)
    served = sharpen(softmax(scores), bundle.taxonomy, bundle.classes, bundle.calibration.rank_temperatures)
    np.testing.assert_allclose(served, seen.after[seen.is_correction], atol=1e-3)


def test_by_hand(run: Run) -> None:
    result = run(options=FinetuneOptions(epochs=2, alpha=0.5, name="Ours", version="7"))
    assert (result.alpha, result.bundle.name, result.bundle.version) == (0.5, "Ours", "7")
    assert any("as told" in reason for reason in result.reasons)


def test_what_cannot_be_done_is_refused_in_words(
    run: Run, base: Path, rows, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    corrections, _ = rows
    with pytest.raises(TrainingError, match="no corrections"):
        run([])
    with pytest.raises(TrainingError, match="all 24 corrections are contested"):
        run([replace(one, contested=True) for one in corrections])
    with pytest.raises(TrainingError, match="the taxonomy has no unicornis-albus"):
        run([replace(corrections[0], label="unicornis-albus")])
    with pytest.raises(TrainingError, match="none of the corrections can be learnt from"):
        run([replace(one, label=HUMAN) for one in corrections[:2]])
    (tmp_path / "new").mkdir()
    with pytest.raises(TrainingError, match="exists; choose another name"):
        run()


def test_a_model_without_a_memory_is_refused(
    run: Run, base: Path, rows, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    bundle = read_bundle(base)
    poor = tmp_path / "poor"
    poor.mkdir()
    (poor / WEIGHTS).write_bytes((base / WEIGHTS).read_bytes())
    write_bundle(replace(bundle, files={}, folder=poor), poor)
    with pytest.raises(TrainingError, match="nothing to rehearse"):
        finetune(poor, rows[0], taxonomy, tmp_path / "new", photo_path=rows[1].__getitem__, cache=tmp_path)


def test_the_head_learns_under_the_calibration_that_serves_it(
    base: Path, taxonomy: Taxonomy, rows, tmp_path: Path
) -> None:
    bundle = read_bundle(base)
    prior = tuple(np.arange(1, len(bundle.classes) + 1) / np.arange(1, len(bundle.classes) + 1).sum())
    steep = replace(bundle.calibration, slope=-1.5, prior=prior)
    write_bundle(replace(bundle, calibration=steep), base)
    known = [one for one in rows[0] if one.label != NEW]
    course = prepare(
        base,
        known,
        taxonomy,
        tmp_path / "cache",
        photo_path=rows[1].__getitem__,
        on_photos=lambda done, total: None,
    )
    shifts = steep.temperature * log_likelihoods(np.zeros((1, len(prior))), steep) - course.offsets().numpy()
    assert np.ptp(course.offsets().numpy()) > 0.1
    assert np.ptp(shifts) < 1e-5
