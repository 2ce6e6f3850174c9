"""Identification against the plain code that a person would write, in the same process."""

import io
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from core.identify import LEAST_SIDE, Request, identify, identify_one
from core.model import read_bundle
from core.model.network import create_network
from core.model.torch_classifier import TorchClassifier
from core.settings import Settings
from tests.benchmarks.photos import draw_photo
from tests.benchmarks.result import Result, alternate

FOLDER_PHOTOS, DISTINCT = 200, 20


class Plain:
    """Decode with Pillow at reduced scale, resize, normalise, one forward pass, softmax."""

    def __init__(self) -> None:
        self.bundle = read_bundle(Settings().model)
        made = self.bundle
        network = create_network(made.architecture, made.options, made.head, made.classes, made.taxonomy)
        network.load_weights(load_file(made.weights_path))
        network = network.float()
        network.head = network.head.folded()
        self.network = network.float().eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def decode(self, path: Path) -> torch.Tensor:
        image = Image.open(io.BytesIO(path.read_bytes()))
        image.draft("RGB", (LEAST_SIDE, LEAST_SIDE))
        size = self.bundle.preprocessing.size
        square = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
        pixels = (np.asarray(square, np.float32) / 255 - 0.5) / 0.5
        return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return torch.softmax(self.network(batch.to(memory_format=torch.channels_last)).mean(dim=1), dim=1)


def measure(folder: Path) -> Iterator[Result]:
    """Yield the results for one photo and for a folder of them."""
    photos = [draw_photo(folder / f"{seed:03}.jpg", seed) for seed in range(DISTINCT)]
    plain, classifier = Plain(), TorchClassifier(read_bundle(Settings().model))
    yield _one(photos[0], plain, classifier)
    yield _reduced(photos[0])
    yield from _folder(photos, folder, plain, classifier)


def _one(photo: Path, plain: Plain, classifier: TorchClassifier) -> Result:
    base, ours = alternate(
        lambda: plain.forward(plain.decode(photo)[None]), lambda: identify_one(photo, classifier), 25
    )
    what = "one 12 MP JPEG, warm, against decode + forward"
    return Result(what, base, ours, "ms", "≤ 1.15", ours <= 1.15 * base)


def _reduced(photo: Path) -> Result:
    def decode(side: int | None) -> None:
        image = Image.open(photo)
        if side:
            image.draft("RGB", (side, side))
        image.load()

    base, ours = alternate(lambda: decode(None), lambda: decode(LEAST_SIDE), 8)
    return Result("decoding it at reduced scale, against in full", base, ours, "ms", "< 1", ours < base)


def _folder(photos: list[Path], folder: Path, plain: Plain, classifier: TorchClassifier) -> Iterator[Result]:
    many = folder / "many"
    many.mkdir()
    paths = [Path(shutil.copy(photos[i % DISTINCT], many / f"{i:03}.jpg")) for i in range(FOLDER_PHOTOS)]
    start = time.perf_counter()
    arrays = [plain.decode(path) for path in paths]
    decoding = FOLDER_PHOTOS / (time.perf_counter() - start)
    start = time.perf_counter()
    for first in range(0, FOLDER_PHOTOS, 16):
        plain.forward(torch.stack(arrays[first : first + 16]))
    forward = FOLDER_PHOTOS / (time.perf_counter() - start)
    del arrays
    memory, start = [], time.perf_counter()
    for number, _ in enumerate(identify(paths, classifier, Request())):
        if number in (60, FOLDER_PHOTOS - 1):
            memory.append(_resident_mb())
    ours, slower = FOLDER_PHOTOS / (time.perf_counter() - start), min(decoding, forward)
    what = f"folder of {FOLDER_PHOTOS} such photos, against the slower of decoding and forward alone"
    yield Result(what, slower, ours, "photos/s", "≥ 0.9", ours >= 0.9 * slower)
    grown = memory[1] - memory[0]
    yield Result("memory gained from photo 60 to 200", None, grown, "MB", "≤ 50 MB", grown <= 50)


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
