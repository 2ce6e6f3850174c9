"""Keeping freed memory; tried in a process of its own, because it lasts until the process ends."""

import subprocess
import sys

import pytest

from core.settings import ROOT
from core.training import memory

CODE = """
import platform
from core.training.memory import keep_freed_memory
took = keep_freed_memory()
blocks = [bytearray(64 * 2**20) for _ in range(3)]
del blocks
print(took, platform.libc_ver()[0] == "glibc")
"""


def test_it_takes_effect_exactly_where_glibc_is() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, cwd=ROOT, timeout=30
    )
    took, is_glibc = done.stdout.split()
    assert took == is_glibc


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_left_alone(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.sys, "platform", platform)
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: pytest.fail("the C library was touched"))
    assert not memory.keep_freed_memory()


@pytest.mark.parametrize("missing", [OSError, AttributeError])
def test_another_c_library_is_no_error(missing: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: object) -> None:
        raise missing("no mallopt here")

    monkeypatch.setattr(memory.sys, "platform", "linux")
    monkeypatch.setattr(memory.ctypes, "CDLL", fail)
    assert not memory.keep_freed_memory()


def test_a_refusal_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        @staticmethod
        def mallopt(what: int, value: int) -> int:
            return int(what != -1)

    monkeypatch.setattr(memory.sys, "platform", "linux")
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: Library)
    assert not memory.keep_freed_memory()
