"""One at a time."""

import subprocess
import sys
from pathlib import Path

from core.jobs.lock import sole_worker
from core.settings import ROOT

HOLD = """
import sys, time
from pathlib import Path
from core.jobs.lock import sole_worker
with sole_worker(Path(sys.argv[1])) as is_ours:
    print(is_ours, flush=True)
    time.sleep(60)
"""


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "new")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with sole_worker(tmp_path / "new") as is_ours:
            assert not is_ours
        holder.kill()
        holder.wait()
    with sole_worker(tmp_path / "new") as is_ours:
        assert is_ours
