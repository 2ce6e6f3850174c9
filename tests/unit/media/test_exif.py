"""When and where, as cameras write it, or fail to."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.media import Capture, Position, decode_photo
from tests.factories import exif_block, good_exif, gps_entries, jpeg, rationals, short, text


def read(block: bytes) -> tuple[Capture, list[str]]:
    photo = decode_photo(jpeg(exif=block), "a.jpg")
    return photo.capture, [note.code for note in photo.notes]


def test_a_good_block():
    capture, notes = read(good_exif())
    assert capture.at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=10)))
    assert capture.position == Position(-36.5, 140.01)
    assert notes == []


def test_no_block():
    assert read(b"") == (Capture(), [])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024:05:06 07:08:09", datetime(2024, 5, 6, 7, 8, 9)),
        ("2024:05:06 07:08:09.123", datetime(2024, 5, 6, 7, 8, 9)),
        ("2024:05:06 07:08:09\0\0", datetime(2024, 5, 6, 7, 8, 9)),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("1970:01:01 00:00:00", None),
        ("2024:13:45 25:61:61", None),
        ("2024-05-06T07:08:09", None),
        ("", None),
        ("\0", None),
        (b"\xff\xfe\x80\x81", None),
        ("9" * 300, None),
    ],
)
def test_times(written, expected):
    capture, notes = read(exif_block(details={36867: text(written)}))
    assert capture.at == expected
    assert notes == []


@pytest.mark.parametrize("first", ["0000:00:00 00:00:00", ""])
def test_the_next_time_counts_if_the_first_is_none(first):
    block = exif_block({306: text("2021:01:02 03:04:05")}, {36867: text(first)})
    assert read(block)[0].at == datetime(2021, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ("+00:00", UTC),
        ("-03:30", timezone(-timedelta(hours=3, minutes=30))),
        ("+99:00", None),
        ("+" + "9" * 30 + ":00", None),
        ("Z", None),
        ("", None),
        ("+1:2:3", None),
    ],
)
def test_offsets(offset, expected):
    block = exif_block(details={36867: text("2024:05:06 07:08:09"), 36881: text(offset)})
    assert read(block)[0].at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=expected)


DEGREES_1 = ((1, 1), (0, 1), (0, 1))


@pytest.mark.parametrize(
    ("gps", "expected"),
    [
        (gps_entries(), Position(-36.5, 140.01)),
        (gps_entries(south=False, west=True), Position(36.5, -140.01)),
        (gps_entries(((90, 1), (0, 1), (0, 1))), Position(-90, 140.01)),
        (gps_entries(((0, 1),) * 3), Position(0, 140.01)),  # on the equator is somewhere
        (gps_entries(((3650, 100), (0, 1), (0, 1))), Position(-36.5, 140.01)),
    ],
)
def test_positions(gps, expected):
    capture, notes = read(exif_block(gps=gps))
    assert capture.position.latitude == pytest.approx(expected.latitude)
    assert capture.position.longitude == pytest.approx(expected.longitude)
    assert notes == []


@pytest.mark.parametrize(
    "gps",
    [
        gps_entries(((95, 1), (0, 1), (0, 1))),
        gps_entries(longitude=((181, 1), (0, 1), (0, 1))),
        gps_entries(((0, 1),) * 3, ((0, 1),) * 3),
        gps_entries(((0, 0),) * 3),
        gps_entries(((36, 0), (0, 1), (0, 1))),
        gps_entries(((36, 1), (30, 1), (1, 0))),
        gps_entries(((36, 1), (30, 1))),
        gps_entries(DEGREES_1) | {2: text("36.5")},
        gps_entries(DEGREES_1) | {2: short(7)},
        {1: text("S"), 2: rationals(*DEGREES_1)},
    ],
    ids=[
        "latitude 95", "longitude 181", "null island", "all 0/0", "degrees n/0", "seconds n/0", "two numbers",
        "text", "one number", "no longitude",
    ],
)  # fmt: skip
def test_impossible_positions(gps):
    capture, notes = read(exif_block({306: text("2024:05:06 07:08:09")}, gps=gps))
    assert capture.position is None
    assert notes == ["bad_position"]
    assert capture.at is not None, "the rest still counts"


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0",
        b"Exif\0\0garbage that is no directory",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40,
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x08",  # a directory inside itself
        exif_block({0x8769: (4, b"\xff\xff\xff\x7f"), 0x8825: (2, b"abc\0")}),
        exif_block({274: text("left"), 306: short(3)}),
        exif_block({274: rationals((6, 0))}),
    ],
)
def test_broken_blocks_never_raise(block):
    capture, notes = read(block)
    assert capture == Capture()
    assert set(notes) <= {"bad_exif"}


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_cut_blocks_never_raise(share):
    block = good_exif()
    capture, notes = read(block[: int(len(block) * share)])
    assert capture.orientation == 1
    assert set(notes) <= {"bad_exif", "bad_position"}
