"""Going through many species, with interruptions."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import RefreshError
from core.refresh import Gbif, RefreshReport, refresh
from core.store import Knowledge, Lookup, open_database
from core.taxonomy import Rank, Taxon
from tests.unit.refresh.conftest import GBIF_NONE, Databases, gbif

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TAXA = [
    Taxon(f"p{i}", Rank.SPECIES, name, "panthera")
    for i, name in enumerate(["Panthera leo", "Panthera onca", "Panthera pardus"])
]
MATCH = "/v2/species/match"


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    return Knowledge(open_database(f"sqlite:///{tmp_path / 'x.db'}"))


def run(
    knowledge: Knowledge, slept: list[float] | None = None, at: datetime = NOW, **more: object
) -> RefreshReport:
    waits = slept if slept is not None else []
    return refresh(
        TAXA,
        [Gbif()],
        knowledge,
        ids={},
        now=lambda: at,
        sleep=waits.append,
        max_age=timedelta(days=30),
        **more,
    )


def test_every_answer_is_kept_and_counted(databases: Databases, knowledge: Knowledge) -> None:
    databases.answers[MATCH] = [
        (200, gbif(), {}),
        (200, gbif("Panthera onka", "VARIANT"), {}),
        (200, GBIF_NONE, {}),
    ]
    slept: list[float] = []
    seen: list[tuple[str, int, int]] = []
    report = run(knowledge, slept, on_progress=lambda *at: seen.append(at))
    assert (report.found, report.unknown, report.fresh) == (1, 1, 0)
    assert report.doubtful == (("gbif", "Panthera onca"),)
    assert seen == [("gbif", 1, 3), ("gbif", 2, 3), ("gbif", 3, 3)]
    assert slept == [0.3, 0.3], "there is a pause between questions"
    assert knowledge.about("p1")["gbif"].outcome is Lookup.DOUBTFUL


def test_fresh_answers_are_not_asked_for_again(databases: Databases, knowledge: Knowledge) -> None:
    databases.answers[MATCH] = (200, GBIF_NONE, {})
    run(knowledge)
    assert run(knowledge, at=NOW + timedelta(days=29)).fresh == 3
    assert len(databases.asked) == 3
    assert run(knowledge, at=NOW + timedelta(days=31)).fresh == 0
    assert len(databases.asked) == 6


def test_a_failure_is_not_stored_and_is_asked_again(databases: Databases, knowledge: Knowledge) -> None:
    databases.answers[MATCH] = [(200, gbif(), {}), (500, {}, {}), (200, gbif("Panthera pardus"), {})]
    report = run(knowledge)
    assert [(source, name) for source, name, _ in report.failed] == [("gbif", "Panthera onca")]
    assert knowledge.about("p1") == {}
    databases.answers[MATCH] = (200, gbif("Panthera onca"), {})
    again = run(knowledge)
    assert (again.found, again.fresh, again.failed) == (1, 2, ())


def test_without_a_network_it_stops_and_goes_on_later(databases: Databases, knowledge: Knowledge) -> None:
    databases.answers[MATCH] = (503, {}, {})
    with pytest.raises(RefreshError, match=r"Stopped at Panthera pardus; run the same command again"):
        run(knowledge)
    assert all(knowledge.about(taxon.id) == {} for taxon in TAXA)


def test_a_busy_service_is_waited_for(databases: Databases, knowledge: Knowledge) -> None:
    databases.answers[MATCH] = [(429, {}, {"Retry-After": "9"}), (200, GBIF_NONE, {})]
    slept: list[float] = []
    assert run(knowledge, slept).unknown == 3
    assert slept[0] == 9.0


def test_an_interruption_keeps_what_was_answered(databases: Databases, knowledge: Knowledge) -> None:
    databases.answers[MATCH] = (200, GBIF_NONE, {})

    def interrupt(what: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(knowledge, on_progress=interrupt)
    assert knowledge.asked("gbif", since=NOW) == {"p0", "p1"}
    assert run(knowledge).fresh == 2
