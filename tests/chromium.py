"""Find and start the browser that the tests drive."""

import os
import shutil
import socket

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str:
    """Return the path of a Chromium.

    Raises:
        RuntimeError: There is none; the message says what to install.
    """
    for name in (os.environ.get("FIELDMARK_CHROMIUM", ""), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    raise RuntimeError(
        "the browser tests need Chromium; as root: apt-get install chromium, or set FIELDMARK_CHROMIUM"
    )


def free_port() -> int:
    """Return a TCP port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
