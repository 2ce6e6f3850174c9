"""Several photos at once."""

import csv
import io
import json

import pytest

from core.settings import ROOT

SAMPLES = ROOT / "assets" / "samples"


@pytest.fixture
def three(visit, downloads, cat_photo):
    return visit().upload(
        ("chelsea.jpg", cat_photo),
        ("broken.jpg", b"nothing of the kind"),
        ("zebra.jpg", (SAMPLES / "zebra.jpg").read_bytes()),
    )


def test_a_table_tells_what_they_are(three):
    table = three.at.dataframe[0].value
    assert list(table["photo"]) == ["chelsea.jpg", "broken.jpg", "zebra.jpg"]
    assert list(table["animal"])[1:] == ["could not be read", "Plains Zebra"]
    assert table["remarks"][1]
    assert "3 photos." in three.text("fm-lead")
    assert "1 unreadable" in three.text("fm-lead")


def test_both_downloads_parse(three, downloads):
    rows = list(csv.DictReader(io.StringIO(downloads["identifications.csv"])))
    assert [row["file"] for row in rows] == ["chelsea.jpg", "broken.jpg", "zebra.jpg"]
    assert rows[2]["species"] == "Equus quagga"
    assert rows[1]["error"]
    records = json.loads(downloads["identifications.json"])
    assert [record["outcome"] == "error" for record in records] == [False, True, False]
    assert len(records[2]["ladder"]) == 7


def test_one_photo_after_the_other(three):
    assert three.rungs(), "the first new photo is open"
    three.click("next")
    assert three.at.error
    assert not three.rungs()
    three.click("next")
    assert "Equus quagga" in three.html("fm-answer")
    assert three.at.button(key="next").disabled
    three.click("before").click("before")
    assert three.at.button(key="before").disabled


def test_each_photo_keeps_its_own_correction(three, ledger):
    three.click("choice_blank").click("next").click("next")
    assert not three.html("fm-noted")
    three.click("before").click("before")
    assert "no animal" in three.text("fm-noted")


def test_start_anew_shows_the_first_visit(three):
    three.click("anew")
    assert three.html("fm-hero")
    assert not three.at.dataframe


def test_more_photos_join_the_table(three, cat_photo):
    three.upload(("flamingo.jpg", (SAMPLES / "flamingo.jpg").read_bytes()))
    assert len(three.at.dataframe[0].value) == 4
    captions = [caption.value for caption in three.at.caption]
    assert any("flamingo.jpg" in text for text in captions), "the new photo is open"
