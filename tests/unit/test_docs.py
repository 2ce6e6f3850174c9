"""The documents say nothing that is not there."""

import re
from pathlib import Path

import pytest
import typer

from core.__main__ import app
from core.settings import ROOT

DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
)
GROUP = typer.main.get_command(app)


def commands(group, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], set[str]]:
    """Return every command's options."""
    found = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found |= commands(command, (*path, name))
        else:
            found[(*path, name)] = {flag for p in command.params for flag in (*p.opts, *p.secondary_opts)}
    return found


COMMANDS = commands(GROUP)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_command_lines_can_be_typed(document: Path) -> None:
    text = document.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"python -m core ((?:[\w-]+ ?)+[^\n`]*)", text)
    for line in lines:
        words = line.split()
        name = next((path for path in COMMANDS if tuple(words[: len(path)]) == path), None)
        if words[0] == "--help":
            continue
        assert name is not None or (words[0],) in {path[:1] for path in COMMANDS}, f"{document.name}: {line}"
        if name is not None:
            unknown = set(re.findall(r"(--[a-z][\w-]*)", line)) - COMMANDS[name] - {"--help"}
            assert not unknown, f"{document.name}: {' '.join(name)} has no {unknown}"


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"python -m core {' '.join(name)}" in text
