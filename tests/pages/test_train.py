"""The Train page, without a browser and without the process that does the work."""

import platform
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.store import Details, EventKind, JobKind, JobState, JobStore, Promotions, open_database
from core.store.records import Certainty
from pages._ui import services, training_services
from tests.seeded import seed
from tests.spoilt import SPOILT, spoil
from tests.unit.store.test_ledger import says

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RESULT = {
    "passes": True, "sentence": "Better for Lion (+25 points, 12 photos), no worse elsewhere.", "model": "fieldmark-1",
    "label": "Fieldmark 1", "base": "fieldmark-2", "manifest": "d" * 64, "reasons": ["all is <well>"], "alpha": 0.5,
    "train": 7, "held_out": 3, "left_out": {}, "flips": 0, "looked_at": 10, "seconds": 4.0,
    "changes": [{"name": "macro-F1", "old": 0.7, "new": 0.8, "low": 0.0, "high": 0.2}],
    "classes": [
        {"label": "panthera-leo", "name": "Lion", "photos": 12, "old": 6, "new": 9, "high": 0.5, "objection": ""},
        {"label": "equus-quagga", "name": "Plains Zebra", "photos": 9, "old": 9, "new": 8, "high": 0.0, "objection": ""},
    ],
    "new_species": [], "general": [], "judged_on": {"memory": 20, "test": 1}, "learnt": 7, "right_before": 2, "right_after": 7,
}  # fmt: skip


@pytest.fixture(autouse=True)
def workers(monkeypatch) -> list:
    """Nobody works; only that somebody would have been started is noted."""
    started: list = []
    monkeypatch.setattr("core.jobs.start.start_worker", started.append)
    return started


@pytest.fixture
def store(tmp_path) -> JobStore:
    return JobStore(open_database(f"sqlite:///{tmp_path / 'fieldmark.db'}"))


def label(tmp_path, ledger, count: int = 10) -> None:
    for number, sha256 in enumerate(seed(tmp_path, count)):
        certainty = Certainty.GUESS if number == 0 else None
        event = says("panthera-leo", details=Details(certainty))
        ledger.append(replace(event, sha256=sha256), received_at=NOW)
        if number == 1:
            person = says(None, kind=EventKind.PERSON)
            ledger.append(replace(person, sha256=sha256), received_at=NOW)


def texts(screen) -> str:
    elements = (
        *screen.at.markdown,
        *screen.at.caption,
        *screen.at.info,
        *screen.at.warning,
        *screen.at.success,
        *screen.at.html,
    )
    return " ".join(element.value for element in elements)


def end(store: JobStore, state: JobState, **more) -> int:
    number = store.submit(JobKind.TRAIN, {"bulk": False}, by="ada", host="elsewhere", at=NOW)
    store.claim(host="elsewhere", pid=1, at=NOW)
    store.beat(
        number,
        at=NOW,
        curve=[{"step": 1, "loss": 2.0, "macro_f1": 0.5}, {"step": 2, "loss": 1.0, "macro_f1": 0.6}],
    )
    store.end(number, state, at=NOW, **more)
    return number


def test_without_corrections_it_says_what_to_do(visit):
    screen = visit("train")
    assert "Nobody has corrected or confirmed" in screen.at.info[0].value
    assert not screen.has("train_go")
    assert "as installed" in texts(screen)


@pytest.mark.parametrize(("how", "reason"), SPOILT, ids=lambda value: getattr(value, "__name__", ""))
def test_with_nothing_to_learn_from_the_button_is_off_and_it_says_why(
    visit, tmp_path, drawn_template, monkeypatch, how, reason
):
    monkeypatch.delenv("FIELDMARK_MODEL", raising=False)
    shutil.copytree(drawn_template, tmp_path, dirs_exist_ok=True)
    spoil(services.Settings(data=tmp_path), how)
    screen = visit("train")
    told = texts(screen)
    assert any(one in told for one in reason.split("|"))
    assert not screen.has("train_go") or screen.at.button(key="train_go").disabled
    assert not screen.at.exception


def test_what_is_used_and_what_not_and_why(visit, tmp_path, ledger):
    label(tmp_path, ledger)
    screen = visit("train")
    assert "2 photos left out, and why" in [e.label for e in screen.at.expander]
    told = texts(screen)
    assert "1 photo: labelled as a guess" in told
    assert "1 photo: a person is in the frame" in told
    assert list(screen.at.dataframe[0].value["why"]) != []


def test_the_button_queues_one_job_and_starts_somebody(visit, tmp_path, ledger, store, workers):
    label(tmp_path, ledger)
    screen = visit("train").click("train_go")
    (job,) = store.all()
    assert (job.kind, job.state, dict(job.payload)) == (
        JobKind.TRAIN,
        JobState.QUEUED,
        {"bulk": False, "depth": "auto"},
    )
    assert workers
    assert screen.at.button(key="train_go").disabled
    assert "You may close this page" in texts(screen)
    screen.click("job_cancel")
    assert store.get(job.id).state is JobState.CANCELLED


def test_how_much_of_the_network_may_change_is_asked_for(visit, tmp_path, ledger, store, workers):
    label(tmp_path, ledger)
    screen = visit("train")
    screen.at.button_group(key="train_depth").set_value("blocks")
    screen.click("train_go")
    assert store.all()[0].payload["depth"] == "blocks"


@pytest.mark.parametrize(("state", "text"), [
    (JobState.STOPPED, "The training stopped: power cut"), (JobState.FAILED, "could not be finished: power cut"),
    (JobState.CANCELLED, "was cancelled"),
])  # fmt: skip
def test_what_ended_early_says_so_and_can_go_on(visit, tmp_path, ledger, store, state, text):
    label(tmp_path, ledger)
    number = end(store, state, problem="power cut")
    screen = visit("train")
    assert text in texts(screen)
    screen.click("job_resume")
    assert store.get(number).state is JobState.QUEUED


def test_a_killed_process_is_noticed(visit, store):
    store.submit(JobKind.TRAIN, {"bulk": False}, by="ada", host=platform.node(), at=NOW)
    store.claim(host=platform.node(), pid=1, at=NOW)
    assert "The training stopped: its process ended without a word" in texts(visit("train"))


def test_a_result_is_promoted_and_rolled_back(visit, tmp_path, ledger, store):
    label(tmp_path, ledger)
    end(store, JobState.DONE, result=RESULT)
    screen = visit("train")
    assert RESULT["sentence"] in [one.value for one in screen.at.success]
    table = screen.at.table[0].value
    assert list(table.loc["macro-F1"]) == [
        "70.0\N{NO-BREAK SPACE}%",
        "80.0\N{NO-BREAK SPACE}%",
        "+10.0 (+0.0 to +20.0)",
    ]
    assert "All is &lt;well&gt;." in texts(screen)
    screen.click("promote")
    assert services.served_folder().name == "fieldmark-1"
    assert "This model answers now" in texts(screen)
    screen.click("roll_back")
    assert services.served_folder().name == "fieldmark-2"
    rows = Promotions(open_database(services.settings().database)).all()
    assert [(row.from_name, row.to_name) for row in rows] == [
        ("fieldmark-2", "fieldmark-1"),
        ("fieldmark-1", "fieldmark-2"),
    ]


def test_keeping_the_old_model_is_remembered_and_can_be_taken_back(visit, tmp_path, ledger, store):
    label(tmp_path, ledger)
    end(store, JobState.DONE, result=RESULT)
    screen = visit("train")
    screen.at.text_input(key="keep_why").input("misses [hyenas](http://x)")
    screen.click("keep_old")
    assert services.served_folder().name == "fieldmark-2"
    screen = visit("train")  # another session
    (said,) = (one.value for one in screen.at.info if "goes on answering" in one.value)
    assert r"So decided me" in said
    assert r"misses \[hyenas\](http" in said, "what people write is no Markdown"
    assert not screen.has("keep_old")
    assert "me: Fieldmark 1 shall not answer: misses [hyenas](http" in texts(screen)
    screen.click("keep_undo")
    assert not [one for one in screen.at.info if "goes on answering" in one.value]
    screen.click("keep_old").click("promote")
    assert services.served_folder().name == "fieldmark-1"
    screen.click("roll_back")
    assert screen.has("keep_old"), "who promoted it decided anew"


def test_a_failed_gate_warns_and_does_not_push(visit, tmp_path, ledger, store):
    label(tmp_path, ledger)
    end(store, JobState.DONE, result=RESULT | {"passes": False, "sentence": "Leopard recall fell."})
    screen = visit("train")
    assert "Leopard recall fell." in [one.value for one in screen.at.warning]
    assert screen.at.button(key="promote").label == "Let it answer all the same"


def test_a_model_that_is_gone_cannot_be_promoted(visit, tmp_path, ledger, store):
    label(tmp_path, ledger)
    end(store, JobState.DONE, result=RESULT | {"model": "taught-99"})
    screen = visit("train")
    assert "is gone or damaged" in screen.at.error[0].value
    assert not screen.has("promote")


def test_a_fixed_model_is_not_promoted_over(visit, tmp_path, ledger, store, monkeypatch):
    label(tmp_path, ledger)
    end(store, JobState.DONE, result=RESULT)
    fixed = services.Settings(data=tmp_path, model=services.Settings().model)
    monkeypatch.setattr(services, "settings", lambda: fixed)
    assert visit("train").at.button(key="promote").disabled


def test_changed_answers_are_listed(visit, tmp_path, ledger, store):
    from core.review.queue import is_audit
    from core.store import Flip

    label(tmp_path, ledger)
    bundle = next(m.bundle for m in services.installed_models() if m.name == "fieldmark-1")
    sha256 = ledger_hash(ledger)
    others = seed(tmp_path, 50)[10:]  # nobody labelled these
    by_chance = next(one for one in others if is_audit(one))
    waiting = next(one for one in others if not is_audit(one))
    flips = [Flip(one, None, "panthera-leo") for one in (sha256, waiting, by_chance)]
    training_services.models().add_flips("o" * 64, bundle.weights_sha256, flips, at=NOW)
    end(store, JobState.DONE, result=RESULT | {"flips": 3, "looked_at": 50, "looked_at_unlabelled": 40})
    screen = visit("train")
    titles = [one.label for one in screen.at.expander]
    assert "It answers 3 of 50 photos (40 of them without a label) differently" in titles
    (table,) = (t.value for t in screen.at.table if "before" in t.value and "now" in t.value)
    assert list(table.iloc[0]) == ["unsure", "Lion"]
    assert all(name.endswith(r"\.jpg") or name.endswith(".jpg") for name in table.index), "names, not hashes"
    screen.click("ask_flips")
    assert "Now first on the Review page: 2 photos." in texts(screen)
    shown = services.queue().photos([sha256, waiting, by_chance])
    assert shown[sha256].lane == shown[waiting].lane == "flipped"
    assert by_chance not in shown or shown[by_chance].lane == "audit"


def ledger_hash(ledger) -> str:
    return next(iter(ledger.label_rows())).sha256


def test_the_history_of_a_photo_says_which_model_learnt_from_it(visit, cat_photo, ledger):
    screen = visit()
    screen.upload(("cat.jpg", cat_photo)).click("choice_0")
    from core.store import ManifestRow
    from tests.pages.screen import sha256

    label_ = ledger.current(sha256(cat_photo))
    training_services.datasets().freeze(
        [ManifestRow(label_.sha256, str(label_.event), label_.taxon, "test", 0.7)],
        last_seq=1,
        taxonomy_sha256="t" * 64,
        at=NOW,
    )
    screen.run()
    assert "did not learn from it" in texts(screen)
