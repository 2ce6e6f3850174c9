"""Whom to tell."""

from pathlib import Path

import pytest

from core.errors import FormatError
from core.place.reporting import contacts_for, read_contacts
from core.settings import ROOT


def test_the_nearest_come_first() -> None:
    contacts = read_contacts(ROOT / "species_info" / "reporting.csv")
    names = [one.name for one in contacts_for(contacts, "USA", "invasive", region="US-TX")]
    assert names[0] == "TexasInvasives.org"
    assert "EDDMapS" in names
    assert "Kenya Wildlife Service" not in names
    assert names[-1] in ("iNaturalist", "Global Invasive Species Database")
    assert "TexasInvasives.org" not in [one.name for one in contacts_for(contacts, "USA", "invasive")]


def test_nobody_need_be_known(tmp_path: Path) -> None:
    assert read_contacts(tmp_path / "none.csv") == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("KEN,,invasive,Somebody,http://example.org", "https link"),
        ("KEN,,invasive,Somebody,javascript:alert(1)", "https link"),
        ("KEN,,gossip,Somebody,https://example.org", "a concern"),
        ("KEN,,invasive", "column"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "reporting.csv"
    path.write_text(f"country,region,concern,name,url\n{line}\n")
    with pytest.raises(FormatError, match=rf"line 2.*{message}"):
        read_contacts(path)
