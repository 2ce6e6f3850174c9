"""What a cell means, or why it means nothing."""

from datetime import UTC, datetime

import pytest

from core.errors import FormatError
from core.formats import label_cells as cells
from core.store import Box, Certainty, Details, HigherRankReason, Sex
from tests.unit.formats.exchanged import TREE

MEANINGS = cells.Meanings(TREE)


@pytest.mark.parametrize(
    ("names", "taxon"),
    [
        (["panthera-leo"], "panthera-leo"),
        (["Panthera leo"], "panthera-leo"),
        (["panthera_leo"], "panthera-leo"),
        (["lion"], "panthera-leo"),
        (["Felis leo"], "panthera-leo"),
        (["Panthera leo (Linnaeus, 1758)"], "panthera-leo"),
        (["simba", "Panthera"], "panthera"),
        (["", None, "Felidae"], "felidae"),
        (["animal"], "animalia"),
        (["Empty"], None),
        (["misfire"], None),
        (["vehicle"], None),
    ],
)
def test_names_find_their_taxon(names, taxon) -> None:
    assert MEANINGS.of(*names) == taxon


def test_a_name_that_means_nothing_is_refused() -> None:
    with pytest.raises(FormatError, match="'Ailurus fulgens' is none of our taxa"):
        MEANINGS.of("Ailurus fulgens", "")
    with pytest.raises(FormatError, match="no taxon"):
        MEANINGS.of("", None)


def test_people_are_told_from_animals() -> None:
    assert MEANINGS.is_person("lion", "Homo sapiens")
    assert not MEANINGS.is_person("vehicle", None, "empty")


def test_details() -> None:
    given = {
        "certainty": "Probable",
        "count": "3",
        "sex": "female",
        "life_stage": "unknown",
        "individual": " F7 ",
    }
    assert cells.read_details(given) == Details(Certainty.PROBABLE, 3, Sex.FEMALE, individual="F7")
    assert cells.read_details({"count": 2.0}).count == 2
    assert cells.read_reason({"reason": "cannot go finer"}) is HigherRankReason.CANNOT_GO_FINER


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sex": "yes"}, "the sex 'yes' is none of female, male"),
        ({"count": "a few"}, "count is a number"),
        ({"count": "1.5"}, "count is a whole number"),
        ({"count": -1}, "count is a whole number"),
        ({"count": "1e300"}, "cannot be meant"),
        ({"count": "nan"}, "count is a number"),
    ],
)
def test_details_that_nobody_can_mean(given, message) -> None:
    with pytest.raises(FormatError, match=message):
        cells.read_details(given)


def test_times() -> None:
    assert cells.read_moment("2026-05-01T14:30:00+02:00") == datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
    assert cells.read_moment("2026-05-01T12:30:00Z") == datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
    assert cells.read_moment("") is None
    with pytest.raises(FormatError, match="zone"):
        cells.read_moment("2026-05-01T12:30:00")
    with pytest.raises(FormatError, match="no time"):
        cells.read_moment("yesterday")


def test_boxes() -> None:
    assert cells.read_box(0, 0, 1, 1) == Box(0, 0, 1, 1)
    for sides in ((-0.1, 0, 1, 1), (0, 0, 0, 1), (0.6, 0, 0.5, 1), (0, 2, 1, 1)):
        with pytest.raises(FormatError, match="does not lie in the photo"):
            cells.read_box(*sides)


def test_zero_says_something() -> None:
    assert cells.filled({"a": 0.0, "b": None, "c": "", "d": False, "e": 0}) == {"a": 0.0, "e": 0}


def test_lineages_go_both_ways() -> None:
    row = cells.lineage_cells("felidae", TREE)
    assert (row["scientific_name"], row["rank"], row["order"]) == ("Felidae", "family", "Carnivora")
    assert cells.lineage_names(row)[:2] == ["Felidae", "Carnivora"]
    assert cells.lineage_cells("thylacinus", TREE) == cells.lineage_cells(None, TREE) == {}
