"""Too little, or the wrong thing, to learn from: the command says why, and nothing is made of it."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from core.__main__ import app
from core.model.registry import installed
from core.settings import Settings
from core.store import DatasetStore, Job, JobState, JobStore, open_database
from tests.demo.world import NAME
from tests.spoilt import SPOILT, deleted, one_class, spoil


@pytest.fixture
def train(drawn_house: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[Job, str]]:
    monkeypatch.setenv("FIELDMARK_DATA", str(drawn_house.data))
    monkeypatch.delenv("FIELDMARK_MODEL", raising=False)

    def train() -> tuple[Job, str]:
        done = CliRunner().invoke(app, ["jobs", "train", "--wait"])
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return JobStore(open_database(drawn_house.database)).all()[-1], done.output

    return train


@pytest.mark.parametrize(("how", "reason"), SPOILT, ids=lambda value: getattr(value, "__name__", ""))
def test_there_is_nothing_to_learn_and_it_says_why(train, drawn_house: Settings, how, reason: str) -> None:
    spoil(drawn_house, how)
    job, said = train()
    assert job.state is JobState.FAILED
    assert any(one in said for one in reason.split("|")), said
    assert [model.name for model in installed(drawn_house.own_models)] == [NAME]
    again, _ = train()  # a failed job is no reason for the next one to fail otherwise
    assert (again.state, again.problem) == (job.state, job.problem)


def test_one_class_is_learnt_and_judged_and_that_is_said(train, drawn_house: Settings) -> None:
    spoil(drawn_house, one_class)
    job, said = train()
    assert job.state is JobState.DONE, said
    assert job.result is not None
    assert any("all corrections name one taxon" in reason for reason in job.result["reasons"])
    assert [model.name for model in installed(drawn_house.own_models)] == [NAME, f"taught-{job.id}"]


def test_some_photos_were_deleted_and_the_others_teach(train, drawn_house: Settings) -> None:
    labels = DatasetStore(open_database(drawn_house.database)).labels()[0]
    spoil(drawn_house, lambda house: deleted(type(house)(house.ledger, house.library, few(house.taxa))))
    job, said = train()
    assert job.state is JobState.DONE, said
    assert job.result is not None
    assert job.result["left_out"]["photo_gone"] == 5
    assert job.result["looked_at"] == len(labels) - 5


def few(taxa: dict[str, str | None]) -> dict[str, str | None]:
    return dict(list(taxa.items())[:5])
