"""`python -m core accounts`, as a shell runs it."""

import os
import subprocess
import sys
from pathlib import Path

from core.settings import ROOT


def run(tmp_path: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "FIELDMARK_DATA": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-m", "core", "accounts", *words],
        cwd=ROOT, env=env, input=typed, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_account_is_made_closed_and_opened(tmp_path: Path) -> None:
    assert "no accounts" in run(tmp_path, "list").stdout
    made = run(tmp_path, "add", "Ada", "--role", "expert", typed="correct horse\n")
    assert made.stdout == "Ada may sign in as expert.\n"
    assert "closed" not in run(tmp_path, "list").stdout
    run(tmp_path, "close", "Ada")
    assert run(tmp_path, "list").stdout == "Ada  expert  closed\n"
    assert "sign in again" in run(tmp_path, "open", "Ada").stdout


def test_what_cannot_be_is_said_in_one_line(tmp_path: Path) -> None:
    short = run(tmp_path, "add", "Ada", typed="short\n")
    assert (short.returncode, short.stderr) == (1, "error: a password needs at least 8 characters\n")
    unknown = run(tmp_path, "close", "Eve")
    assert unknown.returncode == 1
    assert "no account 'Eve'" in unknown.stderr
