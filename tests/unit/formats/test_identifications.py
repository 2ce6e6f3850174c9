"""Identifications as JSON and CSV."""

import csv
import io
import json
from datetime import datetime, timedelta, timezone

import numpy as np
from PIL import Image

from core.decision import Distribution, decide
from core.formats.identifications import COLUMNS, to_json, to_record, to_table
from core.identify import Identification
from core.media import Capture, MediaNote, Photo, Position
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy

NAMES = ["Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Panthera"]
LEO, ONCA = "panthera-leo", "panthera-onca"


def tree() -> Taxonomy:
    upper = [
        Taxon(name.lower(), Rank(i), name, NAMES[i - 1].lower() if i else None)
        for i, name in enumerate(NAMES)
    ]
    lion = Taxon(LEO, Rank.SPECIES, "Panthera leo", "panthera", {"en": "Lion"})
    return Taxonomy([*upper, lion, Taxon(ONCA, Rank.SPECIES, "Panthera onca", "panthera")])


def found(lion: float, jaguar: float, file: str = "a.jpg", capture: Capture | None = None) -> Identification:
    rest = np.array([lion, jaguar, 1 - lion - jaguar])
    answer = decide(Distribution(tree(), [LEO, ONCA, BLANK], rest), target=0.65)
    image = Image.new("RGB", (1, 1))
    photo = Photo(file, "f" * 64, image, 40, 30, "JPEG", capture or Capture())
    return Identification(file, "f" * 64, photo, answer, notes=(MediaNote("dark", "It is dark."),))


def failed(file: str = "b.jpg") -> Identification:
    return Identification(file, None, error=MediaNote("empty", "b.jpg is empty"))


def rows(*items: Identification) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_table(items), newline="")))


def test_an_identified_animal_as_a_record() -> None:
    record = to_record(found(0.9, 0.06))
    assert record["outcome"] == "identified"
    assert (record["taxon"], record["common_name"], record["rank"]) == ("Panthera leo", "Lion", "species")
    assert record["confidence"] == 0.9
    assert [rung["rank"] for rung in record["ladder"]] == [rank.label for rank in Rank]
    assert [c["taxon"] for c in record["top_k"]] == ["Panthera leo", "Panthera onca"]
    assert record["top_k"][1]["common_name"] is None
    assert record["warnings"] == [{"code": "dark", "message": "It is dark."}]
    assert record["error"] is None


def test_a_file_without_an_answer_has_the_same_keys() -> None:
    record = to_record(failed())
    assert list(record) == list(to_record(found(0.9, 0.1)))
    assert record["outcome"] == "error"
    assert record["error"] == {"code": "empty", "message": "b.jpg is empty"}
    assert record["ladder"] == record["top_k"] == []


def test_blank_and_unsure_answers_name_no_taxon() -> None:
    for item, outcome in ((found(0.05, 0.05), "blank"), (found(0.3, 0.2), "unsure")):
        record = to_record(item)
        assert (record["outcome"], record["taxon"], record["rank"]) == (outcome, None, None)
        assert record["top_k"]


def test_json_is_one_array_in_order() -> None:
    items = [found(0.9, 0.1, "é.jpg"), failed(), found(0.5, 0.5)]
    array = json.loads(to_json(items))
    assert [record["file"] for record in array] == ["é.jpg", "b.jpg", "a.jpg"]
    assert array == [to_record(item) for item in items]
    assert json.loads(to_json([])) == []


def test_a_table_row_names_the_lineage_of_the_answer_but_nothing_finer() -> None:
    species, genus = rows(found(0.9, 0.06), found(0.5, 0.4))
    assert tuple(species) == COLUMNS
    assert (species["genus"], species["species"]) == ("Panthera", "Panthera leo")
    assert (genus["rank"], genus["genus"], genus["species"]) == ("genus", "Panthera", "")
    assert (genus["first"], genus["first_probability"]) == ("Panthera leo", "0.5")
    assert (genus["third"], genus["third_probability"]) == ("", "")


def test_a_table_row_of_a_blank_has_no_lineage() -> None:
    (row,) = rows(found(0.05, 0.05))
    assert row["outcome"] == "blank"
    assert {row[rank.label] for rank in Rank} == {""}


def test_a_table_row_of_an_error_has_its_code() -> None:
    (row,) = rows(failed())
    assert (row["outcome"], row["error"], row["confidence"], row["sha256"]) == ("error", "empty", "", "")


def test_remarks_and_capture_time_are_in_the_table() -> None:
    at = datetime(2025, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=3)))
    (row,) = rows(found(0.9, 0.1, capture=Capture(at)))
    assert (row["warnings"], row["captured_at"]) == ("dark", "2025-03-04T05:06:00+03:00")


def test_no_export_holds_a_position() -> None:
    item = found(0.9, 0.1, capture=Capture(None, Position(-12.345678, 98.765432)))
    for text in (to_json([item]), to_table([item])):
        assert "12.34" not in text
        assert "98.76" not in text


def test_a_file_name_cannot_be_a_formula() -> None:
    (row,) = rows(failed("=HYPERLINK(1).jpg"))
    assert row["file"] == "'=HYPERLINK(1).jpg"
