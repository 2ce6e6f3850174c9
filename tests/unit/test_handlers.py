"""What each kind of job does."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import TrainingCancelled
from core.handlers import handlers
from core.jobs.watch import Watch
from core.settings import Settings
from core.store import Job, JobKind, JobStore, Ledger, open_database
from tests.demo.world import new_place


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def store(drawn_house: Settings) -> JobStore:
    return JobStore(open_database(drawn_house.database))


def claim(store: JobStore, kind: JobKind, **payload: object) -> Job:
    store.submit(kind, payload, by="ada", host="here", at=now())
    job = store.claim(host="here", pid=1, at=now())
    assert job is not None
    return job


def test_a_folder_is_identified_and_what_is_known_is_left_out(
    drawn_house: Settings, store: JobStore, tmp_path: Path
) -> None:
    folder = tmp_path / "card"
    folder.mkdir()
    for drawn in new_place(30)[22:30]:  # two of them are in the house already
        (folder / drawn.name).write_bytes(drawn.data)
    (folder / "broken.jpg").write_bytes(b"no photo")
    job = claim(store, JobKind.IDENTIFY, folder=str(folder))
    do = handlers(drawn_house, now=now)[JobKind.IDENTIFY]
    result = do(job, Watch(store, job, now=now))
    assert (result["identified"], result["known"], result["failed"]) == (6, 2, 1)
    assert (
        len(list((drawn_house.data / "previews").rglob("*-full.jpg"))) == 6
    )  # so that reviewing need not wait
    again = do(job, Watch(store, job, now=now))
    assert (again["identified"], again["known"]) == (0, 8)
    assert len(Ledger(open_database(drawn_house.database)).predictions(sha256_of(folder))) == 1


def sha256_of(folder: Path) -> str:
    import hashlib

    return hashlib.sha256(next(folder.glob("pan*.jpg")).read_bytes()).hexdigest()


def test_a_cancelled_identification_keeps_what_is_done(
    drawn_house: Settings, store: JobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "card"
    folder.mkdir()
    for drawn in new_place(30)[24:30]:
        (folder / drawn.name).write_bytes(drawn.data)
    job = claim(store, JobKind.IDENTIFY, folder=str(folder))
    monkeypatch.setattr(Watch, "is_cancelled", lambda watch: True)
    with pytest.raises(TrainingCancelled):
        handlers(drawn_house, now=now)[JobKind.IDENTIFY](job, Watch(store, job, now=now))


def test_the_model_is_judged_on_photos_that_no_model_learns_from(
    drawn_house: Settings, store: JobStore
) -> None:
    job = claim(store, JobKind.EVALUATE)
    result = handlers(drawn_house, now=now)[JobKind.EVALUATE](job, Watch(store, job, now=now))
    assert 0 < result["scores"]["accuracy"] < 1
    assert 0 < result["scores"]["n"] < 40
    assert Path(result["page"]).is_file()
