"""What is learnt from which photos."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import TrainingError
from core.taxonomy import BLANK, Taxonomy
from core.training.task import Task, make_task
from tests.unit.training.conftest import COLOURS, SPEC, Photos


def test_classes_are_species_with_photos_and_flags(task: Task) -> None:
    assert set(task.classes) == {*COLOURS, BLANK}
    assert task.classes[-1] == BLANK
    assert [leaf.id for leaf in task.taxonomy.leaves] == list(task.classes[:-1])
    assert task.prior.sum() == pytest.approx(1)


def test_coarse_labels_teach_where_a_species_is_known(draw: Photos, taxonomy: Taxonomy) -> None:
    rows = [p for p in draw(tuple(COLOURS)) if p.split == "train"]
    val = [p for p in draw(tuple(COLOURS)) if p.split == "val"]
    genus, other = replace(rows[0], label="panthera"), replace(rows[1], label="aves")
    task = make_task([*rows, genus, other], [*val, replace(val[0], label="panthera")], taxonomy, SPEC)
    assert genus in task.train
    assert other not in task.train  # no bird is trained
    assert len(task.val) == len(val)  # a genus cannot be judged as a class
    assert task.targets([genus]).tolist() == [-1]
    sums = task.spans([genus])[0, -1]
    assert sums[1] - sums[0] == 2  # lion and leopard


def test_offsets_by_expert(task: Task) -> None:
    offsets = task.offsets(("softmax", "balanced"))
    assert not offsets[0].any()
    assert np.allclose(offsets[1].exp() / offsets[1].exp().sum(), task.prior, atol=1e-6)


def test_the_same_task_has_the_same_hash(task: Task) -> None:
    assert task.sha256() == replace(task, prior=task.prior * 2).sha256()
    assert task.sha256() != replace(task, train=task.train[1:]).sha256()


def test_too_little_is_said_at_once(draw: Photos, taxonomy: Taxonomy) -> None:
    rows = [p for p in draw(("panthera-leo",)) if p.split == "train"]
    with pytest.raises(TrainingError, match="two classes"):
        make_task(rows, rows, taxonomy, SPEC)
    blanks = [p for p in draw((BLANK,)) if p.split == "train"]
    with pytest.raises(TrainingError, match="one of them a species"):
        make_task(blanks, blanks, taxonomy, SPEC)
    with pytest.raises(TrainingError, match="split val"):
        make_task(rows + blanks, [], taxonomy, SPEC)


def test_a_network_that_sees_few_empty_frames_is_told(task: Task) -> None:
    blank = task.classes.index(BLANK)
    change = task.offsets(("softmax", "balanced"), empties=0.1) - task.offsets(("softmax", "balanced"))
    assert np.allclose(change[:, blank], np.log(0.1))
    assert not np.delete(change.numpy(), blank, axis=1).any()


def test_rare_classes_count_more_where_asked(draw: Photos, taxonomy: Taxonomy) -> None:
    rows = [p for p in draw(tuple(COLOURS)) if p.split == "train"]
    lions = [p for p in rows if p.label == "panthera-leo"]
    genus = replace(rows[0], label="panthera")
    task = make_task([*rows, *lions, genus], draw(tuple(COLOURS)), taxonomy, SPEC)
    assert np.allclose(task.weights(task.train, 0.0), 1.0)
    found = dict(zip([p.label for p in task.train], task.weights(task.train, 0.999).tolist(), strict=True))
    assert found["panthera-leo"] < found["panthera"] < found["panthera-pardus"]
