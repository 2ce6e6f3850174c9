"""The disk under a training job is full: it says so, serves nothing half-written, and goes on once there is room."""

import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.jobs.start import start_worker
from core.model.registry import installed
from core.settings import ROOT, Settings
from core.store import JobKind, JobState, JobStore, open_database
from tests.demo.world import NAME
from tests.unit.test_loop_faults import check_house, finish, settled, wait_until_it_works

pytestmark = pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="only Linux can take the disk of another process away"
)


@pytest.fixture
def house(drawn_house: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("FIELDMARK_MODEL", raising=False)
    return drawn_house


@pytest.fixture
def store(house: Settings) -> JobStore:
    store = JobStore(open_database(house.database))
    store.submit(JobKind.TRAIN, {"bulk": False}, by="ada", host=platform.node(), at=datetime.now(UTC))
    return store


def check_it_goes_on(house: Settings, store: JobStore) -> None:
    """Everything is as before the job, and with room it comes to its end."""
    check_house(house, store, set())
    assert [model.name for model in installed(house.own_models)] == [NAME]
    store.resume(store.all()[-1].id)
    finish(house, store)
    check_house(house, store, set())
    (job,) = store.all()
    assert job.result is not None
    assert [model.name for model in installed(house.own_models) if model.name != NAME] == [
        job.result["model"]
    ]
    assert not (house.data / "jobs" / str(job.id)).exists()


def test_no_room_for_the_weights(house: Settings, store: JobStore) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.unit.tight_house", str(house.data)], cwd=ROOT, check=True, timeout=120
    )
    (job,) = store.all()
    assert job.state is JobState.FAILED
    assert "cannot be written: File too large" in job.problem
    assert "nothing was changed" in job.problem
    assert not list((house.data / "jobs" / str(job.id)).rglob("*.safetensors"))
    check_it_goes_on(house, store)


@pytest.mark.parametrize("learns", [False, True])
def test_no_room_for_anything(house: Settings, store: JobStore, learns: bool) -> None:
    """Not even the database: the job cannot say a word, and whoever looks next finds that its process is gone."""
    start_worker(house)
    wait_until_it_works(store)
    (job,) = store.all()
    deadline = time.monotonic() + 60
    while learns and not (house.data / "jobs" / str(job.id)).exists():  # made just before it learns
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert job.pid
    try:
        resource.prlimit(job.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    except ProcessLookupError:
        pytest.fail("the job was over before its disk was full")
    state = settled(store, house.data, {JobState.STOPPED, JobState.FAILED})
    (job,) = store.all()
    assert job.problem
    assert state is job.state
    check_it_goes_on(house, store)


def test_what_the_disk_says_is_passed_on(tmp_path: Path) -> None:
    """safetensors has an error of its own for it, which nobody may take for a defect of Fieldmark."""
    code = (
        "import resource, torch\nfrom pathlib import Path\nfrom safetensors.torch import save_file\n"
        "from core.errors import TrainingError\nfrom core.training.folder import whole_folder\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))\n"
        f"out = Path({str(tmp_path)!r}) / 'new'\n"
        "try:\n    with whole_folder(out) as part:\n        save_file({'a': torch.zeros(9999)}, part / 'x')\n"
        "except TrainingError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{tmp_path / 'new'} cannot be written: File too large")
    assert list(tmp_path.iterdir()) == []
