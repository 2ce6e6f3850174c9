"""Any bytes become a photo with remarks, or an error with a stable code."""

import re
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import MediaError
from core.media import DecodeLimits, Photo, decode_photo, load_photo
from tests import factories
from tests.factories import CASES, Case, cut, encode, exif_block, heic, jpeg, scene, short, turned

SCENE = np.asarray(scene()).astype(int)


def case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def decode(name: str, **options) -> Photo:
    return decode_photo(case(name).make(), name, **options)


def pixels(photo: Photo) -> np.ndarray:
    return np.asarray(photo.image).astype(int)


def difference(photo: Photo, expected: np.ndarray = SCENE) -> float:
    return float(np.abs(pixels(photo) - expected).mean())


def codes(photo: Photo) -> list[str]:
    return [note.code for note in photo.notes]


def share_read(photo: Photo) -> int:
    (message,) = [note.message for note in photo.notes if note.code == "damaged"]
    return int(re.search(r"(\d+)%", message)[1])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_gives_its_notes_or_its_error(case):
    if case.error:
        with pytest.raises(MediaError) as caught:
            decode_photo(case.make(), case.name)
        assert caught.value.code == case.error
        assert case.name in str(caught.value)
        assert str(caught.value).isprintable()
    else:
        photo = decode_photo(case.make(), case.name)
        assert frozenset(codes(photo)) == case.notes
        assert len(codes(photo)) == len(case.notes)
        assert photo.image.mode == "RGB"
        assert photo.image.info == {}


class TestDamage:
    @pytest.mark.parametrize("min_side", [None, 120])
    @pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
    def test_the_upper_part_of_a_baseline_jpeg_is_right(self, share, min_side):
        whole = jpeg(scene(960, 720))
        photo = decode_photo(cut(whole, share), "a.jpg", min_side=min_side)
        good = decode_photo(whole, "a.jpg", min_side=min_side)
        assert share_read(photo) == pytest.approx(share * 100, abs=8)
        assert (photo.width, photo.height) == (960, 720)
        assert photo.image.width == good.image.width
        rows = photo.image.height - (20 if min_side is None else 5)  # the last block of rows is in shreds
        assert rows > 0.8 * share * good.image.height
        np.testing.assert_array_equal(pixels(photo)[:rows], pixels(good)[:rows])

    def test_a_progressive_jpeg_is_whole_but_coarse(self):
        photo = decode("cut-progressive.jpg")
        assert share_read(photo) == 100
        assert photo.image.size == (320, 240)
        assert difference(photo) < 12

    def test_the_grey_rest_of_a_progressive_jpeg_is_cut_off(self):
        photo = decode_photo(cut(jpeg(progressive=True), 0.1), "a.jpg")
        assert 5 <= share_read(photo) < 100
        assert photo.image.height < 240

    @pytest.mark.parametrize("name", ["cut-colours.png", "cut.tif", "cut.gif"])
    def test_lossless_rows_above_the_damage_are_exact(self, name):
        photo = decode(name)
        whole = decode_photo(encode(scene(), photo.format), name)
        rows = photo.image.height - 1
        assert 100 < rows < 180
        np.testing.assert_array_equal(pixels(photo)[:rows], pixels(whole)[:rows])

    def test_a_bitmap_is_stored_upside_down(self):
        photo = decode("cut.bmp")
        np.testing.assert_array_equal(pixels(photo)[-100:], SCENE[-100:])

    def test_a_damaged_16_bit_picture_keeps_its_exposure(self):
        assert pixels(decode("cut-night.png")).mean() == pytest.approx(127, abs=5)

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF"])
    def test_what_is_left_is_upright(self, format_, orientation):
        exif = Image.Exif()
        exif[274] = orientation
        stored = turned(scene(), orientation)
        options = {"quality": 95, "subsampling": 0} if format_ == "JPEG" else {}
        data = cut(encode(stored, format_, exif=exif, **options), 0.7)
        photo = decode_photo(data, "a")
        assert codes(photo) == ["damaged"]
        assert (photo.width, photo.height) == (320, 240)
        height = photo.image.height
        parts = [SCENE[:height, : photo.image.width], SCENE[240 - height :, 320 - photo.image.width :]]
        assert min(difference(photo, part) for part in parts) < 6

    def test_a_jpeg_that_goes_on_after_its_end_is_fine(self):
        assert codes(decode_photo(jpeg() + b"trailer" * 99, "a.jpg")) == []


class TestPixels:
    @pytest.mark.parametrize(
        ("name", "tolerance"),
        [
            ("cmyk-photoshop.jpg", 1), ("cmyk-plain.jpg", 1), ("rgb16.png", 0), ("lab.tif", 1), ("plain.bmp", 0),
            ("deflate.tif", 0), ("plain.heic", 2), ("plain.avif", 4), ("animated.png", 0), ("animated.webp", 0),
            ("animated.gif", 8), ("pages.tif", 0), ("stereo.mpo", 3), ("palette.png", 14),
        ],
    )  # fmt: skip
    def test_the_picture_is_the_first_and_in_its_colours(self, name, tolerance):
        assert difference(decode(name)) <= tolerance

    @pytest.mark.parametrize("name", ["grey16.png", "grey16.tif", "grey12.png", "grey32.tif", "float.tif"])
    def test_deep_grey_is_scaled_and_not_whited_out(self, name):
        values = pixels(decode(name))
        assert values.mean() == pytest.approx(127.5, abs=1)
        assert values.max() == 255
        assert (np.diff(values[30, :, 0]) >= 0).all()

    def test_an_underexposed_full_range_picture_stays_dark(self):
        dark = Image.fromarray(factories.grey_ramp(16_000, np.uint16))
        assert pixels(decode_photo(encode(dark, "PNG"), "a.png")).max() == round(16_000 / 257)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.25])
    def test_a_picture_of_one_float_is_even(self, value):
        flat = Image.fromarray(np.full((40, 40), value, np.float32))
        assert pixels(decode_photo(encode(flat, "TIFF"), "a.tif")).std() == 0

    def test_extreme_floats_do_not_overflow(self):
        values = np.full((40, 40), 3e38, np.float32)
        values[:20] = -3e38
        photo = decode_photo(encode(Image.fromarray(values), "TIFF"), "a.tif")
        assert sorted(np.unique(pixels(photo))) == [0, 255]

    @pytest.mark.parametrize("name", ["la.png", "rgba.png", "rgba.webp", "pa.tif"])
    def test_transparency_becomes_white(self, name):
        values = pixels(decode(name))
        assert (values[:, :24] > 250).all()
        assert (values[:, 40:] < 80).all()

    def test_transparent_palette_becomes_white(self):
        assert (pixels(decode("palette-transparent.png"))[:, :150] == 255).all()

    def test_one_bit_is_black_and_white(self):
        assert sorted(np.unique(pixels(decode("one-bit.png")))) == [0, 255]

    @pytest.mark.parametrize("name", ["pixel.png", "wide.png", "tall.jpg", "panorama.jpg"])
    @pytest.mark.parametrize("min_side", [None, 320])
    def test_odd_shapes_keep_their_size(self, name, min_side):
        photo = decode(name, min_side=min_side)
        assert photo.image.size == (photo.width, photo.height)

    def test_min_side_is_a_lower_bound(self):
        data = jpeg(scene(2000, 1500))
        photo = decode_photo(data, "a.jpg", min_side=320)
        assert 320 <= min(photo.image.size) < 1500
        assert (photo.width, photo.height) == (2000, 1500)


class TestOrientation:
    """Cameras store what the sensor saw and write down how they were held."""

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF-LZW", "AVIF", "HEIF"])
    def test_photos_come_out_upright(self, format_, orientation):
        exif = Image.Exif()
        exif[274] = orientation
        stored = turned(scene(), orientation)
        options = {
            "JPEG": {"quality": 97, "subsampling": 0}, "WEBP": {"lossless": True},
            "TIFF-LZW": {"compression": "tiff_lzw"}, "AVIF": {"quality": 95},
        }.get(format_, {})  # fmt: skip
        if format_ == "HEIF":
            data = heic(stored, exif=exif.tobytes())
        else:
            data = encode(stored, format_.removesuffix("-LZW"), exif=exif, **options)
        photo = decode_photo(data, "a")
        assert photo.image.size == (photo.width, photo.height) == (320, 240)
        is_lossless = format_ in ("PNG", "WEBP", "TIFF", "TIFF-LZW")
        assert difference(photo) <= (0 if is_lossless else 3)

    @pytest.mark.parametrize("orientation", [0, 9, 65535])
    def test_impossible_orientations_count_as_upright(self, orientation):
        photo = decode_photo(jpeg(exif=exif_block({274: short(orientation)})), "a.jpg")
        assert photo.capture.orientation == 1
        assert difference(photo) < 3

    def test_orientation_survives_a_broken_directory_of_details(self):
        block = exif_block({274: short(6), 0x8769: (4, b"\xff\xff\xff\x7f")}, gps=factories.gps_entries())
        photo = decode_photo(jpeg(turned(scene(), 6), exif=block), "a.jpg")
        assert photo.image.size == (320, 240)
        assert photo.capture.position is not None

    def test_exif_behind_the_pixels_of_a_png_counts(self):
        exif = exif_block({274: short(3)})[6:]
        plain = encode(turned(scene(), 3), "PNG")
        late = plain[:-12] + factories.png_with(b"eXIf", exif)[33 : 33 + 12 + len(exif)] + plain[-12:]
        assert difference(decode_photo(late, "a.png")) == 0


class TestColourProfiles:
    def test_a_foreign_profile_is_applied(self):
        photo = decode("swapped.jpg")
        swapped = SCENE[:, :, [1, 0, 2]]
        assert difference(photo, swapped) < 4

    @pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    def test_in_every_format_also_with_transparency(self, format_, mode):
        options = {"lossless": True} if format_ == "WEBP" else {}
        data = encode(scene().convert(mode), format_, icc_profile=factories.swapped_profile(), **options)
        assert difference(decode_photo(data, "a"), SCENE[:, :, [1, 0, 2]]) < 4

    def test_a_palette_has_a_profile_too(self):
        data = encode(scene().quantize(64), "PNG", icc_profile=factories.swapped_profile())
        assert difference(decode_photo(data, "a"), SCENE[:, :, [1, 0, 2]]) < 16

    def test_srgb_is_left_alone(self):
        srgb = factories.srgb_profile()
        assert difference(decode_photo(encode(scene(), "PNG", icc_profile=srgb), "a.png")) == 0

    @pytest.mark.parametrize(
        "name", ["broken-profile.jpg", "broken-profile.png", "broken-profile-packing.png"]
    )
    def test_a_broken_profile_is_ignored(self, name):
        assert difference(decode(name)) < 3

    def test_grey_keeps_the_profile_of_its_colourful_past(self):
        values = pixels(decode("grey-with-rgb-profile.jpg"))
        assert np.abs(values[:, :, 0] - values[:, :, 1]).max() <= 40


class TestLimits:
    def test_limits_are_configurable(self):
        with pytest.raises(MediaError) as caught:
            decode_photo(jpeg(), "a.jpg", limits=DecodeLimits(max_pixels=320 * 240 - 1))
        assert caught.value.code == "too_many_pixels"
        decode_photo(jpeg(), "a.jpg", limits=DecodeLimits(max_pixels=320 * 240))

    def test_upload_size_is_limited(self):
        with pytest.raises(MediaError) as caught:
            decode_photo(jpeg(), "a.jpg", limits=DecodeLimits(max_bytes=1000))
        assert caught.value.code == "too_large"

    def test_file_size_is_limited_before_reading(self, tmp_path):
        path = tmp_path / "a.jpg"
        with path.open("wb") as file:
            file.truncate(2**40)  # a terabyte of nothing takes no room
        with pytest.raises(MediaError) as caught:
            load_photo(path)
        assert caught.value.code == "too_large"

    def test_a_bomb_is_refused_by_its_header(self):
        bomb = case("bomb.png").make()
        assert len(bomb) < 25_000
        start = time.perf_counter()
        with pytest.raises(MediaError):
            decode_photo(bomb, "bomb.png")
        assert time.perf_counter() - start < 0.2

    @pytest.mark.skipif(sys.platform != "linux", reason="units of ru_maxrss")
    def test_a_bomb_takes_no_memory(self, tmp_path):
        (tmp_path / "bomb.png").write_bytes(case("bomb.png").make())
        script = (
            "import resource, sys, pathlib\n"
            "from core.media import load_photo\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "try: load_photo(pathlib.Path(sys.argv[1]))\n"
            "except Exception as error: print(error.code)\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        )
        command = [sys.executable, "-c", script, str(tmp_path / "bomb.png")]
        code, grown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert code == "too_many_pixels"
        assert int(grown) < 8_000  # KiB; decoded, the bomb would take 17,000 to 550,000

    def test_running_out_of_memory_is_an_error_of_that_photo(self, monkeypatch):
        def load(self):
            raise MemoryError

        monkeypatch.setattr("PIL.JpegImagePlugin.JpegImageFile.load", load)
        with pytest.raises(MediaError) as caught:
            decode_photo(jpeg(), "a.jpg")
        assert caught.value.code == "too_many_pixels"


class TestPhoto:
    def test_facts(self, cat_photo):
        photo = decode_photo(cat_photo, "chelsea.jpg")
        assert (photo.name, photo.format, photo.width, photo.height) == ("chelsea.jpg", "JPEG", 451, 300)
        assert len(photo.sha256) == 64
        assert photo.notes == ()

    def test_comments_do_not_travel_with_the_image(self):
        photo = decode_photo(jpeg(comment=b"Nest at 36.5 S 140 E"), "a.jpg")
        assert photo.image.info == {}

    def test_looking_for_more_frames_does_not_disturb_the_first(self):
        whole = factories.animated("GIF")
        first = decode_photo(whole, "a.gif")
        photo = decode_photo(whole[:-200], "a.gif")  # damage in the last frame
        np.testing.assert_array_equal(pixels(photo), pixels(first))


# -- anything else -------------------------------------------------------------------------------------

SEEDS = [
    *(encode(scene(48, 40), format_) for format_ in ("JPEG", "PNG", "GIF", "WEBP", "TIFF")),
    jpeg(
        scene(48, 40), progressive=True, exif=factories.good_exif(), icc_profile=factories.swapped_profile()
    ),
    encode(scene(48, 40).quantize(8), "PNG", transparency=0, exif=factories.good_exif()[6:]),
    encode(scene(48, 40), "TIFF", compression="tiff_lzw"),
]
HEADERS = [
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"II*\0\x08\0\0\0",
    b"MM\0*",
]


@st.composite
def hostile_files(draw) -> bytes:
    if draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(HEADERS)) + draw(st.binary(max_size=200))
    data = bytearray(draw(st.sampled_from(SEEDS)))
    reach = len(data) if draw(st.booleans()) else min(len(data), 200)  # headers break in more ways
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(0, reach - 1))] = draw(st.integers(0, 255))
    if draw(st.booleans()):
        del data[draw(st.integers(1, len(data))) :]
    return bytes(data)


@settings(
    max_examples=1500, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(hostile_files(), st.sampled_from([None, 320]))
def test_hostile_bytes_give_a_photo_or_a_media_error(data, min_side):
    limits = DecodeLimits(max_pixels=2_000_000)
    try:
        photo = decode_photo(data, "a.jpg", min_side=min_side, limits=limits)
    except MediaError as error:
        code = error.code
    else:
        code = None
        assert photo.image.mode == "RGB"
        assert np.asarray(photo.image).shape == (photo.image.height, photo.image.width, 3)
    assert code in {None, "damaged", "not_an_image", "too_many_pixels", "raw_unsupported"}
