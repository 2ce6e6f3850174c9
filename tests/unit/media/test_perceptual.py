"""Which photos look the same."""

import io

from PIL import Image, ImageEnhance

from core.media.perceptual import NEAR, duplicate_groups, near_duplicates, perceptual_hash
from tests.factories import encode, scene


def test_what_looks_the_same_is_near_and_nothing_else() -> None:
    first = scene(seed=1)
    same = {
        "smaller": first.resize((160, 120)),
        "compressed": Image.open(io.BytesIO(encode(first, "JPEG", quality=30))),
        "brighter": ImageEnhance.Brightness(first).enhance(1.15),
    }
    other = {f"other {seed}": scene(seed=seed).rotate(90 * seed, expand=True) for seed in (5, 6, 7)}
    hashes = {name: perceptual_hash(image) for name, image in (same | other).items()}
    found = near_duplicates(perceptual_hash(first), hashes)
    assert {name for name, _ in found} == set(same)
    assert all(bits <= NEAR for _, bits in found)


def test_nearest_first() -> None:
    hashes = {
        "far": f"{0b111:016x}",
        "same": f"{0:016x}",
        "near": f"{1:016x}",
        "too far": f"{2**20 - 1:016x}",
    }
    assert near_duplicates(f"{0:016x}", hashes, most=3) == [("same", 0), ("near", 1), ("far", 3)]
    assert near_duplicates(f"{0:016x}", {}) == []


def test_groups_are_chains() -> None:
    hashes = {"a": f"{0:016x}", "b": f"{0b1111:016x}", "c": f"{0b11111111:016x}", "lone": "f" * 16}
    assert duplicate_groups(hashes, most=4) == [("a", "b", "c")]
    assert duplicate_groups(hashes, most=3) == duplicate_groups({}) == []
