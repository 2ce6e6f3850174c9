"""From corrections to a model that was judged, on drawn animals."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import TrainingCancelled, TrainingError
from core.formats.provenance import told
from core.handlers import surroundings
from core.jobs.watch import Watch
from core.model import read_bundle
from core.serving import served_folder
from core.settings import Settings
from core.store import Job, JobKind, JobState, JobStore, Ledger, open_database
from core.teach import Surroundings, teach
from core.training import at_hand
from core.training.at_hand import STAY
from core.training.finetune import finetune
from core.training.run_log import RunKind, RunLog
from tests.demo.walk import look
from tests.demo.world import DUSK, LION, NAME, Drawn, draw


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def around(drawn_house: Settings) -> Surroundings:
    return surroundings(drawn_house, now)


@pytest.fixture
def store(drawn_house: Settings) -> JobStore:
    return JobStore(open_database(drawn_house.database))


@pytest.fixture
def run(around: Surroundings, store: JobStore) -> Callable:
    def run(*, newest=None, depth="auto", **more):
        payload = {"bulk": False, "depth": depth} | ({} if newest is None else {"newest": newest})
        store.submit(JobKind.TRAIN, payload, by="ada", host="here", at=now())
        job = store.claim(host="here", pid=1, at=now())
        assert job is not None
        watch = Watch(store, job, now=now)
        try:
            return job, teach(job, watch, around, **more)
        finally:
            watch.tell()
            store.end(job.id, JobState.DONE, at=now())

    return run


def test_corrections_become_a_judged_model_that_does_not_answer(
    run, around: Surroundings, store: JobStore
) -> None:
    job, result = run()
    assert result["passes"], result["sentence"]
    assert result["sentence"].startswith("Better for Lion")
    assert result["right_after"] > result["right_before"]
    assert set(result["judged_on"]) == {"memory", "held out", "test"}
    assert served_folder(around.settings).name == NAME, "nothing promotes itself"
    made = read_bundle(around.settings.own_models / f"taught-{job.id}")
    assert made.version == f"1.{job.id}"
    (model,) = around.models.all()
    assert (model.name, model.weights_sha256, model.passes) == (result["model"], made.weights_sha256, True)
    flips = around.models.flips(made.weights_sha256)
    assert len(flips) == result["flips"] > 0
    assert all(one.old_taxon != one.new_taxon for one in flips)
    shown = store.get(job.id)
    assert [point["step"] for point in shown.curve] == sorted(point["step"] for point in shown.curve)
    assert {"loss", "macro_f1"} <= set(shown.curve[-1])
    assert not (around.settings.data / "jobs" / str(job.id)).exists()
    (logged,) = RunLog(around.settings.runs).all()
    assert (logged.model_sha256, logged.data_sha256) == (made.weights_sha256, result["manifest"])
    assert (logged.kind, logged.finished_at is None) == (RunKind.TEACH, False)
    assert [one["train_loss"] for one in logged.epochs] == [point["loss"] for point in shown.curve]
    assert logged.metrics is not None
    assert logged.metrics["gate"]["macro-F1"]["after"] > logged.metrics["gate"]["macro-F1"]["before"]


def test_answers_are_compared_on_all_labelled_and_the_newest_other_photos(
    run, around: Surroundings, store: JobStore
) -> None:
    ledger = Ledger(open_database(around.settings.database))
    strange = [
        Drawn(f"new-{number}.jpg", draw(5000 + number, DUSK), LION) for number in range(4)
    ]  # as the lions that it learns
    seen = {one.sha256 for one in look(around.settings, ledger, strange)}
    labelled = len(around.datasets.labels()[0])
    _, result = run(newest=3)
    assert (result["looked_at"], result["looked_at_unlabelled"]) == (labelled + 3, 3)
    (model,) = around.models.all()
    flipped = {one.sha256 for one in around.models.flips(model.weights_sha256)}
    assert len(flipped & seen) == 3, "of the four the newest three were asked about"
    assert around.datasets.newest_unlabelled(3)[0] in flipped
    assert len(around.datasets.newest_unlabelled(9)) == 4


def test_it_is_known_which_model_learnt_from_a_photo(run, around: Surroundings) -> None:
    _, result = run()
    rows = around.datasets.rows(result["manifest"])
    for row, said in ((next(r for r in rows if r.split == "train"), "learnt from it"), (
        next(r for r in rows if r.split == "test"), "was judged on it, and did not learn from it")):  # fmt: skip
        (line,) = told(around.datasets.provenance(row.sha256))
        assert line.startswith(f"{result['model']}: {said}")


def test_how_deep_it_learns_is_as_asked(run, around: Surroundings) -> None:
    _, result = run(depth="head")
    assert any("as told" in reason for reason in result["reasons"]), result["reasons"]


def test_only_train_photos_train(run) -> None:
    seen = {}

    def learn(base, corrections, *rest, **more):
        seen.update({one.sha256: one.held_out for one in corrections})
        return finetune(base, corrections, *rest, **more)

    _, result = run(learn=learn)
    assert sum(not held_out for held_out in seen.values()) == result["train"]
    assert len(seen) < result["train"] + result["held_out"], "test photos are not even shown"


def test_the_same_corrections_make_the_same_model(run, around: Surroundings) -> None:
    run()
    run()
    first, second = around.models.all()
    assert first.weights_sha256 == second.weights_sha256
    assert first.manifest == second.manifest


def test_photos_that_were_brought_in_let_the_last_blocks_learn(
    run, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_hand, "LEAST", 10)
    _, without = run()
    assert any("0 are here" in reason for reason in without["reasons"])
    for path in (around.settings.data / "drawings").iterdir():
        around.library.keep(path.read_bytes())
    _, result = run()
    assert any(
        reason.startswith(("the last blocks of the network change too:", f"{STAY}: macro-F1"))
        for reason in result["reasons"]
    )
    assert result["depth"] in ("head", "blocks")
    assert read_bundle(around.settings.own_models / result["model"])


def test_one_class_alone_is_learnt_and_said(around: Surroundings, run) -> None:
    rows, _ = around.datasets.labels()
    only = [row for row in rows if row.taxon == LION]
    around.datasets.labels = lambda: (only, 99)  # type: ignore[method-assign]
    _, result = run()
    assert any("all corrections name one taxon" in reason for reason in result["reasons"])


def test_a_failing_gate_keeps_the_model_and_says_so(run, around: Surroundings) -> None:
    def worse(*given, **more):
        result = finetune(*given, **more)
        flat = 0 * result.comparison.after + 1 / result.comparison.after.shape[1]
        return replace(result, comparison=replace(result.comparison, after=flat))

    _, result = run(learn=worse)
    assert not result["passes"]
    assert "macro-F1 falls" in result["sentence"]
    assert [model.passes for model in around.models.all()] == [False]
    assert read_bundle(around.settings.own_models / result["model"])


def test_cancelled_while_answers_are_compared_it_can_go_on(
    run, around: Surroundings, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages: list[str] = []

    def stage(watch: Watch, text: str) -> None:
        stages.append(text)

    monkeypatch.setattr(Watch, "stage", stage)
    monkeypatch.setattr(Watch, "is_cancelled", lambda watch: stages[-1].startswith("looking for answers"))
    with pytest.raises(TrainingCancelled):
        run()
    assert around.models.all() == []
    monkeypatch.setattr(Watch, "is_cancelled", lambda watch: False)
    _, result = run()
    assert result["flips"] > 0


def test_a_cancelled_run_leaves_no_model(run, around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watch, "is_cancelled", lambda watch: True)
    with pytest.raises(TrainingCancelled):
        run()
    assert around.models.all() == []
    assert [folder.name for folder in around.settings.own_models.iterdir()] == [NAME]


def test_killed_between_the_last_step_and_saying_so_it_is_not_done_twice(
    run, around: Surroundings, store: JobStore
) -> None:
    job, result = run()

    def never(*given, **more):
        raise AssertionError("learnt again")

    again: Job = store.get(job.id)
    assert teach(again, Watch(store, again, now=now), around, learn=never) == result


def test_without_corrections_there_is_no_model(run, around: Surroundings) -> None:
    around.datasets.labels = lambda: ([], 0)  # type: ignore[method-assign]
    with pytest.raises(TrainingError, match="nobody corrected"):
        run()
    assert around.models.all() == []
