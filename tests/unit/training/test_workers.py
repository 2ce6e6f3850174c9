"""Two processes train one network."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.settings import ROOT
from core.training.workers import Workers, join_workers

TOGETHER = """
import pickle, sys
from pathlib import Path
import torch
from core.training.loop import fine_tune
from core.training.workers import join_workers
from tests.unit.training.test_loop import CONFIG, fresh
torch.set_num_threads(1)
folder = Path(sys.argv[1])
task = pickle.loads((folder / "task").read_bytes())
workers = join_workers("cpu")
net = fresh(task)
reports = fine_tune(net, task, CONFIG, folder / "run", workers=workers)
torch.save((net.state_dict(), [r.train_loss for r in reports]), folder / f"{workers.rank}.pt")
torch.distributed.destroy_process_group()
"""


def test_alone_there_is_nothing_to_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    alone = join_workers("cpu")
    assert alone == Workers()
    assert alone.leads
    layer = torch.nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    before = layer.weight.grad.clone()
    alone.average_gradients(layer)
    alone.align(layer)
    assert torch.equal(layer.weight.grad, before)


def test_two_processes_end_with_the_same_weights(task, tmp_path: Path) -> None:
    import pickle

    (tmp_path / "task").write_bytes(pickle.dumps(task))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", TOGETHER, str(tmp_path)], cwd=ROOT,
            env={**env, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(2)
    ]  # fmt: skip
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    (one, losses), (two, _) = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    for name, value in one.items():
        assert torch.equal(value, two[name]), name
    assert all(loss > 0 for loss in losses)
    assert (tmp_path / "run" / "checkpoint.pt").is_file()
