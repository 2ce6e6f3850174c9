"""From the store to what travels."""

from dataclasses import replace
from uuid import uuid4

import pytest

from core.formats.exchange import Places, Suggestion, exchange_photo
from core.store import Box, EventKind, PhotoRecord, Suggested
from tests.unit.store.test_ledger import LEOPARD, LION, NOW, says

RECORD = PhotoRecord(
    "a" * 64, " a.jpg", 40, 30, "2025-03-04T05:06:00", -33.8567844, 151.2152967, "K04", "", 0, None, ()
)


def test_the_newest_label_of_every_animal() -> None:
    cub = uuid4()
    acts = (
        says(LION), says(LEOPARD, by="bob"), says(LION, subject=cub), says(LEOPARD, subject=cub),
        says(LION, blind=True), says(None, kind=EventKind.SKIP),
    )  # fmt: skip
    photo = exchange_photo(replace(RECORD, acts=acts))
    assert [(label.taxon, label.annotator) for label in photo.labels] == [(LEOPARD, "bob"), (LEOPARD, "ada")]
    assert photo.file == "a.jpg"


def test_marks_boxes_and_suggestions() -> None:
    acts = (
        says(None, kind=EventKind.BOXES, boxes=(Box(0, 0, 1, 1),)),
        says(None, by="bob", kind=EventKind.BOXES, boxes=(Box(0.12345678, 0, 0.5, 0.5),)),
        says(None, kind=EventKind.PERSON),
    )
    photo = exchange_photo(replace(RECORD, acts=acts, suggested=Suggested("blank", 1 / 3, "f" * 64)))
    assert (photo.boxes, photo.boxes_by) == ((Box(0.123457, 0, 0.5, 0.5),), "bob")
    assert photo.person
    assert photo.suggestion == Suggestion(None, 0.333333, "f" * 64)
    assert exchange_photo(replace(RECORD, suggested=Suggested(None, 0.2, "f"))).suggestion is None


@pytest.mark.parametrize(
    ("places", "taxon", "position", "location"),
    [
        (Places.NONE, LION, None, ""),
        (Places.EXACT, LION, (-33.856784, 151.215297), "K04"),
        (Places.ROUGH, LION, (-33.75, 151.25), ""),  # vulnerable
        (Places.ROUGH, "unknown-to-the-list", (-33.75, 151.25), ""),
        (Places.ROUGH, LEOPARD, (-33.855, 151.215), ""),  # of least concern, for this test
    ],
)
def test_places_stay_at_home_unless_asked_for(places, taxon, position, location) -> None:
    record = replace(RECORD, acts=(says(taxon),))
    photo = exchange_photo(record, places=places, iucn={LION: "VU", LEOPARD: "LC"})
    assert (photo.position, photo.location) == (position, location)


def test_the_shyest_animal_of_a_photo_decides() -> None:
    record = replace(RECORD, acts=(says(LEOPARD), says(LION, subject=uuid4())))
    photo = exchange_photo(record, places=Places.ROUGH, iucn={LION: "VU", LEOPARD: "LC"})
    assert photo.position == (-33.75, 151.25)


def test_the_time_is_in_utc() -> None:
    assert exchange_photo(replace(RECORD, acts=(says(LION),))).labels[0].labelled_at == NOW
