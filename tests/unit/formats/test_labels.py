"""Current labels as a training run would read them."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from core.formats.labels import COLUMNS, PLACE_COLUMNS, to_table
from core.store import CurrentLabel, HigherRankReason, LabelRow
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy

NAMES = ["Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Panthera", "Panthera leo"]
TREE = Taxonomy(
    Taxon(n.lower().replace(" ", "-"), Rank(i), n, NAMES[i - 1].lower() if i else None)
    for i, n in enumerate(NAMES)
)


def label(taxon: str | None, **more: object) -> LabelRow:
    current = CurrentLabel("a" * 64, taxon, UUID(int=1), "ada", votes=2, voters=3, seq=7)
    row = LabelRow(
        "a" * 64, "a.jpg", current, HigherRankReason.NONE, "2025-03-04T05:06:00", -1.25, 36.75,
        datetime(2026, 5, 1, tzinfo=UTC), "felidae", "f" * 64,
    )  # fmt: skip
    return replace(row, **more)  # type: ignore[arg-type]


def rows(*labels: LabelRow, with_places: bool = False) -> list[dict[str, str]]:
    text = to_table(labels, TREE, with_places=with_places)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_species_comes_with_its_whole_lineage() -> None:
    (row,) = rows(label("panthera-leo"))
    assert [row[rank.label] for rank in Rank] == NAMES
    assert (row["label"], row["scientific_name"], row["rank"]) == ("panthera-leo", "Panthera leo", "species")
    assert (row["votes"], row["voters"], row["annotator"], row["shown"]) == ("2", "3", "ada", "felidae")
    assert (row["labelled_at"], row["captured_at"]) == ("2026-05-01T00:00:00+00:00", "2025-03-04T05:06:00")
    assert row["model_sha256"] == "f" * 64


def test_a_coarser_label_says_why_it_stops() -> None:
    (row,) = rows(label("felidae", reason=HigherRankReason.CANNOT_GO_FINER))
    assert (row["rank"], row["family"], row["genus"], row["species"]) == ("family", "Felidae", "", "")
    assert row["reason"] == "cannot_go_finer"


def test_no_animal_is_called_blank() -> None:
    (row,) = rows(label(None))
    assert (row["label"], row["scientific_name"], row["rank"], row["kingdom"]) == (BLANK, "", "", "")


def test_a_label_outside_todays_taxonomy_is_kept() -> None:
    (row,) = rows(label("thylacinus-cynocephalus"))
    assert (row["label"], row["scientific_name"]) == ("thylacinus-cynocephalus", "")


def test_places_come_only_if_asked_for() -> None:
    plain, placed = rows(label("felidae"))[0], rows(label("felidae"), with_places=True)[0]
    assert tuple(plain) == COLUMNS
    assert not {"-1.25", "36.75"} & set(plain.values())
    assert tuple(placed) == COLUMNS + PLACE_COLUMNS
    assert (placed["latitude"], placed["longitude"]) == ("-1.25", "36.75")


def test_exact_places_are_exact_to_a_decimetre() -> None:
    (row,) = rows(label("felidae", latitude=-33.8567844, longitude=151.2152967), with_places=True)
    assert float(row["latitude"]) == pytest.approx(-33.8567844, abs=1e-6)
    assert float(row["longitude"]) == pytest.approx(151.2152967, abs=1e-6)


def test_names_cannot_be_formulas() -> None:
    (row,) = rows(label("felidae", original_name="=1+1.jpg"))
    assert row["original_name"] == "'=1+1.jpg"
