"""Proof-reading the cards."""

import shutil
from pathlib import Path

import pytest

from core.settings import ROOT
from core.species.cards import load_card
from core.species.check import check_species, look_alikes

OURS = ROOT / "species_info"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OURS, tmp_path / "species_info"))


def change(folder: Path, old: str, new: str, name: str = "Panthera_leo.md") -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_we_ship_is_in_order() -> None:
    assert check_species(OURS) == []


def test_look_alikes_are_found_by_scientific_name() -> None:
    assert look_alikes(load_card(OURS / "Acinonyx_jubatus.md"))["Panthera pardus"] == "Leopard"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("KEN, ", "QQQ, ", "QQQ is no country"),
        ("KEN, ", "KEN, KEN, ", "listed twice"),
        ("## What helps\n", "## What to do\n", "the sections must be"),
        ("## What helps\n", "## What helps\nSee [this](http://example.org). ", "not well-formed"),
        ("## What helps\n", "## What helps\nSee [this](javascript:alert). ", "not allowed in a card"),
        ("## What helps\n", "## What helps\n" + "word " * 60, "words, not 4-50"),
        ("## What helps\n", "## What helps\n<img src=x onerror=alert(1)> ", "not allowed in a card"),
        ("iucn: [iucn", "iucn: [nowhere, iucn", "sources.csv does not list nowhere"),
        ("(*Panthera pardus*)", "(*Panthera nobody*)", "does not name"),
        ("(*Panthera pardus*): ", "", "look-alikes have the form"),
        ("domestication:", "synonyms: [Felis leo (in part)]\ndomestication:", "is no plain scientific name"),
        ("taxon: panthera-leo", "taxon: [", "the head is not YAML"),
    ],
)
def test_mistakes_are_named_with_their_file(folder: Path, old: str, new: str, complaint: str) -> None:
    change(folder, old, new)
    problems = check_species(folder)
    assert any(complaint in problem for problem in problems), problems
    assert any("Panthera_leo" in problem or "Panthera leo" in problem for problem in problems)


def test_a_fact_without_a_source_is_named(folder: Path) -> None:
    change(folder, "  trend: [", "  # trend: [")
    assert any("no source for trend" in problem for problem in check_species(folder))


def test_two_cards_may_not_share_a_sentence(folder: Path) -> None:
    sentence = "It walks slowly through the dry grass at noon. "
    for name in ("Panthera_leo.md", "Panthera_onca.md"):
        change(folder, "## Did you know\n", f"## Did you know\n{sentence}", name)
    problems = check_species(folder)
    assert any("Panthera leo, Panthera onca share the sentence" in problem for problem in problems)


def test_missing_and_superfluous_group_cards_are_named(folder: Path) -> None:
    (folder / "groups" / "Felidae.md").rename(folder / "groups" / "Hobbits.md")
    (folder / "groups" / "Hobbits.md").write_text(
        "# Hobbits\n\nThey are small and live in holes under the hills.\n"
    )
    problems = check_species(folder)
    assert "groups/Felidae.md is missing" in problems
    assert "groups/Hobbits.md: no such taxon" in problems


def test_an_unlisted_source_is_named(folder: Path) -> None:
    change(folder, "`anage`", "`another`", "SOURCES.md")
    assert "SOURCES.md does not list anage" in check_species(folder)


def test_a_folder_without_cards_is_one_problem(tmp_path: Path) -> None:
    assert len(check_species(tmp_path)) == 1
