"""Makes photos as they come from cameras, mail programs, broken cards and attackers.

Everything is made when a test runs, so that no binary files need to be kept and every oddity can be
read here.
"""

import io
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageChops, ImageCms

SIDES = (320, 240)  # width and height of `scene`


def scene(width: int = SIDES[0], height: int = SIDES[1], seed: int = 0) -> Image.Image:
    """Return something sharp and colourful in which every corner and row is different."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    blocks = random.integers(0, 60, (height // 16 + 1, width // 16 + 1)).repeat(16, 0).repeat(16, 1)
    texture = blocks[:height, :width]
    red = 40 + 150 * x / max(width - 1, 1) + texture
    green = 40 + 150 * y / max(height - 1, 1) + texture
    blue = 60 + texture + 60 * ((x // 20 + y // 20) % 2)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).clip(0, 255).astype(np.uint8))


def encode(image: Image.Image, format_: str, **options: Any) -> bytes:
    """Return the file that Pillow makes of an image."""
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return encode(image or scene(), "JPEG", **{"quality": 95, "subsampling": 0} | options)


def heic(image: Image.Image | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image or scene()).save(buffer, quality=90, **options)
    return buffer.getvalue()


def cut(data: bytes, share: float) -> bytes:
    """Return the beginning of a file, as an interrupted copy leaves it."""
    return data[: int(len(data) * share)]


# -- pixels of every kind ------------------------------------------------------------------------


def grey_ramp(top: int, dtype: Any, width: int = 256, height: int = 64) -> np.ndarray:
    """Return grey values from 0 to `top`, left to right."""
    return np.linspace(0, top, width).round().astype(dtype)[None, :].repeat(height, 0)


def rgb16_png(image: Image.Image) -> bytes:
    """Return a PNG of 16 bits per channel, which Pillow can read but not write."""
    pixels = np.asarray(image).astype(">u2") * 257
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return _png([(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])


def cmyk_jpeg(image: Image.Image, *, adobe: bool) -> bytes:
    """Return a CMYK JPEG: as Photoshop writes it, upside down and marked so, or plain."""
    ink = image.convert("CMYK")
    marked = jpeg(ink if adobe else ImageChops.invert(ink))  # Pillow writes like Photoshop
    if adobe:
        return marked
    start = marked.index(b"\xff\xee")
    (length,) = struct.unpack(">H", marked[start + 2 : start + 4])
    return marked[:start] + marked[start + 2 + length :]


def half_transparent(mode: str) -> Image.Image:
    """Return a picture whose left half is invisible and whose right half is dark, in LA, PA or RGBA."""
    picture = Image.new("RGBA", (64, 64), (20, 30, 40, 255))
    picture.paste((255, 0, 0, 0), (0, 0, 32, 64))
    if mode == "PA":
        palette = picture.convert("RGB").convert("P").convert("PA")
        palette.putalpha(picture.getchannel("A"))
        return palette
    return picture.convert(mode)


def palette_png(*, transparent: bool) -> bytes:
    image = scene().quantize(64)
    if not transparent:
        return encode(image, "PNG")
    image.paste(0, (0, 0, 160, 240))
    return encode(image, "PNG", transparency=0)


def _png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, content in chunks:
        parts += [
            struct.pack(">I", len(content)),
            kind,
            content,
            struct.pack(">I", zlib.crc32(kind + content)),
        ]
    return b"".join(parts)


def bomb_png(width: int = 20_000, height: int = 7_000) -> bytes:
    """Return some kilobytes that claim, and really unpack to, a gigantic black square."""
    row = b"\0" * (1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return _png([(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")])


def bomb_tiff() -> bytes:
    """Return a TIFF header of 60,000 x 60,000 pixels with nothing behind it."""
    entries = [
        (256, 4, 1, 60_000), (257, 4, 1, 60_000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
        (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 60_000), (279, 4, 1, 3_600_000_000),
    ]  # fmt: skip
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8) + body + struct.pack("<I", 0)


# -- several pictures in one file ------------------------------------------------------------------


def frames(count: int = 3) -> list[Image.Image]:
    return [scene(seed=seed) for seed in range(count)]


def animated(format_: str, **options: Any) -> bytes:
    first, *others = frames()
    return encode(first, format_, save_all=True, append_images=others, **options)


# -- EXIF -------------------------------------------------------------------------------------------

ASCII, SHORT, RATIONAL = 2, 3, 5
_ITEM_BYTES = {ASCII: 1, SHORT: 2, RATIONAL: 8}
Entries = dict[int, tuple[int, bytes]]


def text(value: str | bytes) -> tuple[int, bytes]:
    return ASCII, (value.encode() if isinstance(value, str) else value) + b"\0"


def short(value: int) -> tuple[int, bytes]:
    return SHORT, struct.pack("<H", value)


def rationals(*pairs: tuple[int, int]) -> tuple[int, bytes]:
    return RATIONAL, b"".join(struct.pack("<II", *pair) for pair in pairs)


def exif_block(
    ifd0: Entries | None = None, details: Entries | None = None, gps: Entries | None = None
) -> bytes:
    """Return an EXIF block with exactly these entries, sensible or not."""
    ifd0 = dict(ifd0 or {})
    children = {0x8769: details, 0x8825: gps}
    for tag, child in children.items():
        if child is not None:
            ifd0[tag] = (4, b"\0\0\0\0")
    at = 8
    first = _directory(ifd0, at)
    at += len(first)
    rest = []
    for tag, child in children.items():
        if child is not None:
            ifd0[tag] = (4, struct.pack("<I", at))
            rest.append(_directory(child, at))
            at += len(rest[-1])
    return b"Exif\0\0II*\0\x08\0\0\0" + _directory(ifd0, 8) + b"".join(rest)


def _directory(entries: Entries, at: int) -> bytes:
    table, values = b"", b""
    data_at = at + 2 + 12 * len(entries) + 4
    for tag, (kind, raw) in sorted(entries.items()):
        count = len(raw) // _ITEM_BYTES.get(kind, 4)
        if len(raw) <= 4:
            field = raw.ljust(4, b"\0")
        else:
            field = struct.pack("<I", data_at + len(values))
            values += raw + b"\0" * (len(raw) % 2)
        table += struct.pack("<HHI", tag, kind, count) + field
    return struct.pack("<H", len(entries)) + table + b"\0\0\0\0" + values


def gps_entries(
    latitude: tuple[tuple[int, int], ...] = ((36, 1), (30, 1), (0, 1)),
    longitude: tuple[tuple[int, int], ...] = ((140, 1), (0, 1), (36, 1)),
    *,
    south: bool = True,
    west: bool = False,
) -> Entries:
    """Return a place as degrees, minutes and seconds; by default in the Australian Capital Territory."""
    return {
        1: text("S" if south else "N"), 2: rationals(*latitude),
        3: text("W" if west else "E"), 4: rationals(*longitude),
    }  # fmt: skip


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Return the pixels as a camera held that way stores them."""
    inverse = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    return image.transpose(inverse[orientation]) if orientation in inverse else image


# -- colour profiles ----------------------------------------------------------------------------------


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """Return a valid RGB profile that takes red for green, so that nobody can overlook its use."""
    swapped = srgb_profile().replace(b"rXYZ", b"tmpX").replace(b"gXYZ", b"rXYZ").replace(b"tmpX", b"gXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be")).replace(b"sRGB", b"Swap")


# -- camera raw files -----------------------------------------------------------------------------------

RAW_FILES = {
    "canon.cr2": b"II*\0\x10\0\0\0CR\2\0" + bytes(400),
    "canon-renamed.jpg": b"II*\0\x10\0\0\0CR\2\0" + bytes(400),
    "canon.cr3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(400),
    "canon-new-renamed.jpg": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(400),
    "nikon.NEF": b"MM\0*\0\0\0\x08" + bytes(400),
    "adobe.dng": b"II*\0\x08\0\0\0" + bytes(400),
    "fuji.raf": b"FUJIFILMCCD-RAW 0201FF129502" + bytes(400),
    "fuji-renamed.jpg": b"FUJIFILMCCD-RAW 0201FF129502" + bytes(400),
    "olympus-renamed.tif": b"IIRO\x08\0\0\0" + bytes(400),
    "panasonic-renamed.tif": b"IIU\0\x18\0\0\0" + bytes(400),
}


# -- everything at once -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A file and what must become of it: an error's code, or exactly these notes on a readable photo."""

    name: str
    make: Callable[[], bytes]
    error: str | None = None
    notes: frozenset[str] = frozenset()


def _good(name: str, make: Callable[[], bytes], *notes: str) -> Case:
    return Case(name, make, None, frozenset(notes))


def _bad(name: str, make: Callable[[], bytes], error: str) -> Case:
    return Case(name, make, error)


CASES: tuple[Case, ...] = (
    # interrupted copies
    _good("cut-baseline.jpg", lambda: cut(jpeg(), 0.6), "damaged"),
    _good("cut-progressive.jpg", lambda: cut(jpeg(progressive=True), 0.6), "damaged"),
    _good("cut-colours.png", lambda: cut(encode(scene(), "PNG"), 0.6), "damaged"),
    _good("cut-night.png", lambda: cut(encode(Image.fromarray(grey_noise16()), "PNG"), 0.6), "damaged"),
    _good("cut.gif", lambda: cut(encode(scene(), "GIF", interlace=0), 0.6), "damaged"),
    _bad("cut-interlaced.gif", lambda: cut(encode(scene(), "GIF", interlace=1), 0.6), "damaged"),
    _good("cut.tif", lambda: tail_cut_tiff(0.6), "damaged"),
    _good("cut.bmp", lambda: cut(encode(scene(), "BMP"), 0.6), "damaged"),
    _bad("cut.webp", lambda: cut(encode(scene(), "WEBP"), 0.6), "damaged"),
    _bad("cut.avif", lambda: cut(encode(scene(), "AVIF"), 0.3), "damaged"),
    _bad("cut.heic", lambda: cut(heic(), 0.3), "damaged"),
    _bad("cut-in-header.jpg", lambda: jpeg()[:40], "damaged"),
    _bad("cut-in-signature.png", lambda: encode(scene(), "PNG")[:10], "damaged"),
    _bad("cut-to-nothing.jpg", lambda: cut(jpeg(), 0.03), "damaged"),
    # no photos at all
    _bad("empty.jpg", lambda: b"", "empty_file"),
    _bad("login.jpg", lambda: b"\xef\xbb\xbf\n <!DOCTYPE html><html>Please log in</html>", "not_an_image"),
    _bad("notes.jpg", lambda: b"Saw a fox at the gate at 6.\n", "not_an_image"),
    _bad("zeros.png", lambda: bytes(5000), "not_an_image"),
    _bad("drawing.jpg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not_an_image"),
    # names that lie, or say nothing
    _good("really-png.jpg", lambda: encode(scene(), "PNG"), "wrong_suffix"),
    _good("really-jpeg.heic", jpeg, "wrong_suffix"),
    _good("no-suffix", jpeg),
    _good("UPPER.JPG", jpeg),
    # kinds of pixels
    _good("cmyk-photoshop.jpg", lambda: cmyk_jpeg(scene(), adobe=True)),
    _good("cmyk-plain.jpg", lambda: cmyk_jpeg(scene(), adobe=False)),
    _good("grey.jpg", lambda: jpeg(scene().convert("L"))),
    _good("palette.png", lambda: palette_png(transparent=False)),
    _good("palette-transparent.png", lambda: palette_png(transparent=True)),
    _good("la.png", lambda: encode(half_transparent("LA"), "PNG")),
    _good("rgba.png", lambda: encode(half_transparent("RGBA"), "PNG")),
    _good("rgba.webp", lambda: encode(half_transparent("RGBA"), "WEBP")),
    _good("pa.tif", lambda: encode(half_transparent("PA"), "TIFF")),
    _good("one-bit.png", lambda: encode(scene().convert("1"), "PNG")),
    _good("one-bit.tif", lambda: encode(scene().convert("1"), "TIFF")),
    _good("grey16.png", lambda: encode(Image.fromarray(grey_ramp(65535, np.uint16)), "PNG")),
    _good("grey16.tif", lambda: encode(Image.fromarray(grey_ramp(65535, np.uint16)), "TIFF")),
    _good("grey12.png", lambda: encode(Image.fromarray(grey_ramp(4095, np.uint16)), "PNG")),
    _good("grey32.tif", lambda: encode(Image.fromarray(grey_ramp(2_000_000, np.int32)), "TIFF")),
    _good("float.tif", lambda: encode(Image.fromarray(float_ramp()), "TIFF")),
    _good("rgb16.png", lambda: rgb16_png(scene())),
    _good("lab.tif", lambda: encode(lab_scene(), "TIFF")),
    _good("deflate.tif", lambda: encode(scene(), "TIFF", compression="tiff_deflate")),
    _good("plain.bmp", lambda: encode(scene(), "BMP")),
    _good("plain.heic", heic),
    _good("plain.avif", lambda: encode(scene(), "AVIF")),
    # several pictures
    _good("animated.gif", lambda: animated("GIF"), "several_frames"),
    _good("animated.webp", lambda: animated("WEBP", lossless=True), "several_frames"),
    _good("animated.png", lambda: animated("PNG"), "several_frames"),
    _good("pages.tif", lambda: animated("TIFF"), "several_frames"),
    _good("stereo.mpo", lambda: animated("MPO", quality=95), "several_frames"),
    _good("stereo.jpg", lambda: animated("MPO", quality=95), "several_frames"),
    # shapes
    _good("pixel.png", lambda: encode(scene(1, 1), "PNG"), "tiny"),
    _good("wide.png", lambda: encode(scene(30_000, 2), "PNG"), "tiny"),
    _good("tall.jpg", lambda: jpeg(scene(2, 30_000)), "tiny"),
    _good("panorama.jpg", lambda: jpeg(scene(1600, 100)), "extreme_shape"),
    # bombs
    _bad("bomb.png", bomb_png, "too_many_pixels"),
    _bad("bomb.tif", bomb_tiff, "too_many_pixels"),
    # colour profiles
    _good("swapped.jpg", lambda: jpeg(icc_profile=swapped_profile())),
    _good("broken-profile.jpg", lambda: jpeg(icc_profile=b"not a profile" * 20), "bad_colour_profile"),
    _good("broken-profile.png", lambda: encode(scene(), "PNG", icc_profile=b"nonsense" * 20), "bad_colour_profile"),
    _good("broken-profile-packing.png", lambda: png_with(b"iCCP", b"x\0\0nonsense"), "bad_colour_profile"),
    _good("grey-with-rgb-profile.jpg", lambda: jpeg(scene().convert("L"), icc_profile=swapped_profile())),
    # the camera's notes
    _good("good-exif.jpg", lambda: jpeg(exif=good_exif())),
    _good("broken-exif.jpg", lambda: jpeg(exif=b"Exif\0\0garbage, not a directory"), "bad_exif"),
    _good("broken-exif.png", lambda: encode(scene(), "PNG", exif=b"Exif\0\0garbage"), "bad_exif"),
    _good("nowhere.jpg", lambda: jpeg(exif=exif_block(gps=gps_entries(((95, 1), (0, 1), (0, 1))))), "bad_position"),
    # raw
    *(_bad(name, lambda data=data: data, "raw_unsupported") for name, data in RAW_FILES.items()),
)  # fmt: skip


def grey_noise16() -> np.ndarray:
    """Return 16-bit grey values that do not compress, so that half the file is half the rows."""
    return np.random.default_rng(1).integers(0, 65535, (240, 320), dtype=np.uint16)


def float_ramp() -> np.ndarray:
    """Return reflectances from 0 to 1 with some that are not numbers."""
    values = np.linspace(0, 1, 256, dtype=np.float32)[None, :].repeat(64, 0)
    values[0, :3] = np.nan, np.inf, -np.inf
    return values


def lab_scene() -> Image.Image:
    lab = ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(scene(), ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
    assert converted is not None
    return converted


def tail_cut_tiff(share: float) -> bytes:
    """Return a TIFF whose directory comes first and whose pixels end early.

    Pillow writes the directory first, too, unless asked otherwise.
    """
    return cut(encode(scene(), "TIFF"), share)


def png_with(kind: bytes, content: bytes) -> bytes:
    """Return a PNG with one more chunk behind its header."""
    plain = encode(scene(), "PNG")
    extra = _png([(kind, content)])[8:]
    return plain[:33] + extra + plain[33:]


def good_exif() -> bytes:
    return exif_block(
        {274: short(1), 306: text("2024:05:06 10:00:00")},
        {36867: text("2024:05:06 07:08:09"), 36881: text("+10:00")},
        gps_entries(),
    )


# -- a folder that has seen everything ----------------------------------------------------------------------


def write_zoo(folder: Path) -> dict[str, str | None]:
    """Write every case and what only a file system can do; return the expected error code by path."""
    expected: dict[str, str | None] = {}
    for case in CASES:
        (folder / case.name).write_bytes(case.make())
        if Path(case.name).suffix:  # nothing else is looked for in a folder
            expected[case.name] = case.error
    for name in ODD_NAMES:
        (folder / name).write_bytes(jpeg())
        expected[name] = None
    (folder / "folder.jpg").mkdir()
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "gone.jpg").symlink_to("no-such-file.jpg")
    (folder / "around").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "._hidden.jpg").write_bytes(b"left by a file manager")
    expected |= {
        "folder.jpg": "not_a_file", "loop.jpg": "unreadable", "gone.jpg": "not_found",
        "pipe.jpg": "not_a_file",
    }  # fmt: skip
    return expected


ODD_NAMES = (
    "Fähe mit Welpen 🦊.jpg",
    "name with\nnewline.jpg",
    os.fsdecode(b"latin-1 \xe9.jpg"),
    "x" * 246 + ".jpg",
    "-rf.jpg",
    "=1+1.jpg",
)
