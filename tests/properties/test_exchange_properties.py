"""Labels come back from every format as they went out."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.formats.exchange import ExchangeLabel, ExchangePhoto, Suggestion, round_box
from core.formats.label_formats import FORMATS
from core.store import Box, Certainty, Details, HigherRankReason, LifeStage, Sex
from tests.unit.formats.exchanged import TREE

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)
NASTY = st.text(st.sampled_from("=+-@'\",; |a\n"), max_size=6).map(str.strip)
WORDS = TEXT | NASTY
TAXA = st.sampled_from([taxon.id for taxon in TREE.order]) | st.none()
SHARES = st.integers(1, 499_999).map(lambda n: n / 1_000_000)
BOXES = st.builds(Box, SHARES, SHARES, SHARES, SHARES).map(round_box)
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
DETAILS = st.builds(
    Details, st.none() | st.sampled_from(Certainty), st.none() | st.integers(1, 100_000),
    st.none() | st.sampled_from(Sex), st.none() | st.sampled_from(LifeStage), WORDS, WORDS,
)  # fmt: skip
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
LABELS = st.builds(
    ExchangeLabel, TAXA, WORDS, st.none() | MOMENTS, st.sampled_from(HigherRankReason), DETAILS, WORDS
)
DEGREES = st.tuples(
    st.floats(-90, 90).map(lambda x: round(x, 6)), st.floats(-180, 180).map(lambda x: round(x, 6))
)
SCORES = st.integers(0, 1_000_000).map(lambda n: n / 1_000_000)
PHOTOS = st.builds(
    ExchangePhoto, HASHES, WORDS, st.integers(1, 20_000), st.integers(1, 20_000),
    st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(datetime.isoformat),
    st.just(""), st.just(0), WORDS, st.none() | DEGREES, st.booleans(), st.lists(BOXES, max_size=3).map(tuple), WORDS,
    st.none() | st.builds(Suggestion, TAXA, SCORES, HASHES),
    st.lists(LABELS, max_size=3, unique=True).map(tuple),
) | st.builds(
    ExchangePhoto, HASHES, WORDS, sequence=st.text("ab1", min_size=1, max_size=3), frame=st.integers(0, 50),
    labels=st.lists(LABELS, max_size=2, unique=True).map(tuple),
)  # fmt: skip


def as_kept(photo: ExchangePhoto) -> ExchangePhoto:
    """What no format has a word for: who drew no box, and in Label Studio one act has one taxon."""
    return photo if photo.boxes else replace(photo, boxes_by="")


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=150, deadline=None)
@given(photos=st.lists(PHOTOS.map(as_kept), max_size=3, unique_by=lambda photo: photo.sha256).map(tuple))
def test_a_round_trip_changes_nothing(name: str, photos: tuple[ExchangePhoto, ...]) -> None:
    form = FORMATS[name]
    if not photos and name == "csv":
        return
    reading = form.read(form.write(photos, TREE), TREE, "file")
    assert reading.problems == ()
    assert reading.photos == photos
