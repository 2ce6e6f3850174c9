"""One question to each database, through its real client."""

import sys
from pathlib import Path

import pytest

from core.errors import RefreshError
from core.refresh import Gbif, INaturalist, RedList
from core.refresh import sources as module
from core.store import Lookup
from core.taxonomy import Rank, Taxon
from tests.unit.refresh.conftest import (
    GBIF_NONE,
    IUCN_DETAILS,
    IUCN_TAXON,
    Databases,
    gbif,
    inat,
    inat_page,
)

LION = Taxon("panthera-leo", Rank.SPECIES, "Panthera leo", "panthera")
MATCH, TAXA, BY_NAME = "/v2/species/match", "/v1/taxa", "/api/v4/taxa/scientific_name"


def test_gbif_gives_the_catalogue_of_life_key(databases: Databases) -> None:
    databases.answers[MATCH] = (200, gbif(), {})
    reply = Gbif().ask(LION, {})
    assert reply.outcome is Lookup.FOUND
    assert reply.payload["key"] == "4CGXP"
    assert reply.payload["iucn"] == "VU"
    assert reply.payload["classification"] == {"kingdom": "Animalia", "family": "Felidae"}
    _, query, _ = databases.asked[0]
    assert query["scientificName"] == ["Panthera leo"]
    assert query["checklistKey"] == [module.CATALOGUE_OF_LIFE]
    assert query["strict"] == ["true"]


@pytest.mark.parametrize(
    "answer",
    [
        gbif("Panthera lea", match="VARIANT"),
        gbif("Panthera", match="HIGHERRANK"),
        gbif(status="SYNONYM", synonym=True, acceptedUsage={"key": "X", "canonicalName": "Felis leo"}),
        gbif("Panthera leo leo"),
    ],
)
def test_gbif_near_matches_and_synonyms_are_doubtful(databases: Databases, answer: object) -> None:
    databases.answers[MATCH] = (200, answer, {})
    assert Gbif().ask(LION, {}).outcome is Lookup.DOUBTFUL


def test_gbif_may_know_no_such_name(databases: Databases) -> None:
    databases.answers[MATCH] = (200, GBIF_NONE, {})
    assert Gbif().ask(LION, {}).outcome is Lookup.UNKNOWN


def test_inaturalist_is_asked_by_id_and_the_name_is_compared(databases: Databases, tmp_path: Path) -> None:
    databases.answers["/v1/taxa/41964"] = (200, inat_page(inat()), {})
    reply = INaturalist(tmp_path).ask(LION, {"inat": "41964"})
    assert reply.outcome is Lookup.FOUND
    assert reply.payload["iucn"] == "VU"
    assert "photo" not in reply.payload, "a photo without a licence is nobody's to keep"
    databases.answers["/v1/taxa/41964"] = (200, inat_page(inat("Panthera onca")), {})
    assert INaturalist(tmp_path).ask(LION, {"inat": "41964"}).outcome is Lookup.DOUBTFUL


def test_inaturalist_search_results_are_not_taken_for_the_name(databases: Databases, tmp_path: Path) -> None:
    databases.answers[TAXA] = (200, inat_page(inat("Panthera leonis"), inat("Puma concolor")), {})
    assert INaturalist(tmp_path).ask(LION, {}).outcome is Lookup.DOUBTFUL
    licensed = {"license_code": "cc-by", "attribution": "(c) A. Nother", "medium_url": "https://x/y.jpg"}
    databases.answers[TAXA] = (200, inat_page(inat("Puma concolor"), inat(default_photo=licensed)), {})
    reply = INaturalist(tmp_path).ask(LION, {})
    assert (reply.outcome, reply.payload["name"]) == (Lookup.FOUND, "Panthera leo")
    assert reply.payload["photo"]["license_code"] == "cc-by"
    databases.answers[TAXA] = (200, inat_page(), {})
    assert INaturalist(tmp_path).ask(LION, {}).outcome is Lookup.UNKNOWN


def test_the_red_list_gives_the_newest_global_assessment(databases: Databases) -> None:
    databases.answers[BY_NAME] = (200, IUCN_TAXON, {})
    databases.answers["/api/v4/assessment/259030422"] = (200, IUCN_DETAILS, {})
    reply = RedList("secret").ask(LION, {})
    assert reply.outcome is Lookup.FOUND
    assert (reply.payload["iucn"], reply.payload["year"], reply.payload["trend"]) == (
        "VU",
        2023,
        "Decreasing",
    )
    assert reply.payload["citation"].startswith("Nicholson")
    assert databases.asked[0][2]["Authorization"] == "secret"
    assert "secret" not in str(reply.payload)


def test_the_red_list_may_not_have_assessed_it(databases: Databases) -> None:
    assert RedList("secret").ask(LION, {}).outcome is Lookup.UNKNOWN  # 404
    databases.answers[BY_NAME] = (200, {**IUCN_TAXON, "assessments": []}, {})
    assert RedList("secret").ask(LION, {}).outcome is Lookup.UNKNOWN
    genus = Taxon("panthera", Rank.GENUS, "Panthera", "felidae")
    assert RedList("secret").ask(genus, {}).outcome is Lookup.UNKNOWN


@pytest.mark.parametrize("source", ["gbif", "inat", "iucn"])
@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (500, {}, "gave no answer"),
        (429, {}, "gave no answer"),
        (401, {}, "refused"),
        (200, b"<html>a hotel's login page</html>", "no answer|form that Fieldmark does not know"),
        (200, [], "form that Fieldmark does not know"),
    ],
)
def test_no_answer_is_never_an_answer(
    databases: Databases, tmp_path: Path, source: str, status: int, body: object, message: str
) -> None:
    for path in (MATCH, TAXA, BY_NAME):
        databases.answers[path] = (status, body, {})
    asked = {"gbif": Gbif(), "inat": INaturalist(tmp_path), "iucn": RedList("secret")}[source]
    with pytest.raises(RefreshError, match=message):
        asked.ask(LION, {})


def test_a_busy_service_says_when_to_come_back(databases: Databases) -> None:
    databases.answers[MATCH] = (429, {}, {"Retry-After": "7"})
    with pytest.raises(RefreshError) as caught:
        Gbif().ask(LION, {})
    assert caught.value.retry_after_s == 7.0


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygbif.species", None)
    with pytest.raises(RefreshError, match=r"pip install -r requirements-extra\.txt"):
        Gbif().ask(LION, {})
