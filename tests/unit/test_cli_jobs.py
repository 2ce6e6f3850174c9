"""`jobs` and `provenance`, as a shell runs them."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.__main__ import app
from core.errors import FieldmarkError
from core.settings import Settings
from core.store import JobKind, JobStore, open_database
from tests.demo.world import new_place


@pytest.fixture
def run(drawn_house: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FIELDMARK_DATA", str(drawn_house.data))
    monkeypatch.delenv("FIELDMARK_MODEL", raising=False)
    monkeypatch.setattr("core.jobs.start.start_worker", lambda settings: None)

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, list(words))
        if isinstance(done.exception, FieldmarkError):
            assert code == 1
            return str(done.exception)
        assert done.exit_code == code, done.output
        return done.output

    return run


def test_train_promote_and_ask_what_became_of_a_photo(run, drawn_house: Settings, tmp_path: Path) -> None:
    assert run("jobs", "list") == "no jobs yet\n"
    photo = tmp_path / "lion.jpg"
    photo.write_bytes(new_place()[0].data)
    assert "no model of this Fieldmark" in run("provenance", str(photo))
    assert "Better for Lion" in run("jobs", "train", "--wait")
    assert "1 train done 100%" in run("jobs", "list")
    told = run("provenance", str(photo))
    assert "taught-1: " in told
    assert run("provenance", told[:12]) == told
    assert "Drawn 1.1" in run("models", "activate", "taught-1")
    assert "* taught-1" in run("models", "list")
    assert "Drawn 1 " in run("models", "rollback")
    assert "no photos have a hash" in run("provenance", "abcdef0123", code=1)


def test_jobs_are_queued_cancelled_and_resumed(run, drawn_house: Settings) -> None:
    assert "job 1 is queued" in run("jobs", "train")
    assert "1 train queued 0%" in run("jobs", "list")
    assert "job 1 is cancelled" in run("jobs", "cancel", "1")
    assert "job 1 is queued" in run("jobs", "resume", "1")
    assert "only one that ended early" in run("jobs", "resume", "1", code=1)
    run("jobs", "cancel", "1")
    assert run("jobs", "work") == "0 jobs done\n"


def test_a_failed_job_ends_with_its_reason(run, drawn_house: Settings, tmp_path: Path) -> None:
    told = run("jobs", "identify", str(tmp_path / "nowhere"), "--wait", code=1)
    assert "nowhere" in told
    store = JobStore(open_database(drawn_house.database))
    (job,) = store.all()
    assert job.kind is JobKind.IDENTIFY
    assert job.payload["folder"].endswith("nowhere")


def test_the_model_in_use_is_judged(run) -> None:
    assert re.search(r"% of \d+ photos of yours are right", run("jobs", "evaluate", "--wait"))
