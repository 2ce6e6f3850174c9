"""Fieldmark as a process of its own, and a look at what it stored."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

from core.settings import ROOT
from tests.chromium import free_port


class Server:
    """The app, or another script, on a free port; `data` holds its database and photos."""

    def __init__(self, data: Path, script: str = "app.py") -> None:
        self.data = data
        self.script = script
        self._process: subprocess.Popen | None = None
        self.url = ""

    def start(self, port: int = 0) -> "Server":
        """Start it and wait until it answers; a port is given to come back after a kill."""
        port = port or free_port()
        self.url = f"http://localhost:{port}"
        with (self.data.parent / f"server-{port}.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", self.script, "--server.port", str(port)],
                cwd=ROOT,
                env={**os.environ, "FIELDMARK_DATA": str(self.data)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, Path(log.name).read_text()
            assert time.monotonic() < deadline, Path(log.name).read_text()
            time.sleep(0.1)
        return self

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def rows(self, query: str, *values: object) -> list[tuple]:
        """Ask the database, read-only."""
        with closing(sqlite3.connect(f"file:{self.data / 'fieldmark.db'}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()

    def events(self, sha256: str) -> list[tuple[str, str | None, str]]:
        """Return kind, taxon and annotator of every act about a photo, oldest first."""
        return self.rows(
            "SELECT kind, taxon, annotator.name FROM label_event"
            " JOIN media ON media.id = media_id JOIN annotator ON annotator.id = annotator_id"
            " WHERE sha256 = ? ORDER BY seq",
            sha256,
        )
