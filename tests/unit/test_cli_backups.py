"""`backup`, `restore` and `verify` as a shell runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.seeded import seed


@pytest.fixture
def run(tmp_path: Path):
    seed(tmp_path, 3)

    def run(*arguments: str, code: int = 0, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "core", *arguments], cwd=ROOT, capture_output=True, text=True,
            env={**os.environ, "FIELDMARK_DATA": str(tmp_path), **environment}, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout + done.stderr

    return run


def test_back_up_lose_restore_verify(run, tmp_path: Path) -> None:
    assert "no backup in" in run("restore", code=1)
    assert "MB)" in run("backup")
    assert run("verify", "--photos") == "the database and 3 photos are sound\n"
    for file in tmp_path.glob("fieldmark.db*"):
        file.unlink()
    assert "there is no database" in run("verify", code=1)
    assert "would restore" in run("restore")
    assert not (tmp_path / "fieldmark.db").exists()
    assert run("restore", "--yes").startswith("restored")
    assert run("verify") == "the database and 3 photos are sound\n"


def test_missing_and_damaged_photos_are_named(run, tmp_path: Path) -> None:
    first, second, _ = sorted((tmp_path / "media").rglob("*.bin"))
    first.unlink()
    second.write_bytes(b"something else")
    told = run("verify", "--photos", code=1)
    assert f"photo {first.stem[:12]} is missing" in told
    assert f"photo {second.stem[:12]} is damaged" in told


def test_a_server_has_its_own_backup(run) -> None:
    told = run("backup", code=1, FIELDMARK_DATABASE_URL="postgresql+psycopg://nobody@localhost/none")
    assert "pg_dump" in told
