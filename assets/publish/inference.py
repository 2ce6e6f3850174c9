"""Answers AddaxAI's questions with a published Fieldmark model: `model.onnx`, `labels.json` and this file.

Needs onnxruntime, numpy and Pillow, nothing of Fieldmark.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


class ModelInference:
    """The class that AddaxAI looks for in `inference.py`."""

    def __init__(self, model_dir: Path, model_path: Path) -> None:
        """Remember where the files are; nothing is loaded yet.

        Args:
            model_dir: The folder of this file.
            model_path: The network, `model.onnx`.
        """
        self.model_path = Path(model_path)
        self.description = json.loads((Path(model_dir) / "labels.json").read_text(encoding="utf-8"))
        self.names: list[str] = self.description["labels"]
        self.session: onnxruntime.InferenceSession | None = None

    def check_gpu(self) -> bool:
        """Tell whether onnxruntime was installed with CUDA."""
        return "CUDAExecutionProvider" in onnxruntime.get_available_providers()

    def load_model(self) -> None:
        """Load the network once."""
        wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
        there = onnxruntime.get_available_providers()
        self.session = onnxruntime.InferenceSession(
            str(self.model_path), providers=[one for one in wanted if one in there]
        )

    def get_crop(self, image: Image.Image, bbox: tuple[float, float, float, float]) -> Image.Image:
        """Return the part of a photo that a detector found: left, top, width and height in shares.

        A tenth is added on every side: the network learnt from whole photos and knows animals with some surroundings.
        """
        x, y, w, h = bbox
        left, top = max(0.0, x - w / 10), max(0.0, y - h / 10)
        right, bottom = min(1.0, x + w * 1.1), min(1.0, y + h * 1.1)
        edges = [round(left * image.width), round(top * image.height)]
        edges += [
            max(edges[0] + 1, round(right * image.width)),
            max(edges[1] + 1, round(bottom * image.height)),
        ]
        return image.convert("RGB").crop(tuple(edges))

    def get_tensor(self, crop: Image.Image) -> np.ndarray:
        """Return `(3, size, size)` as the network expects it."""
        given = self.description["preprocessing"]
        size, image, box = given["size"], crop.convert("RGB"), None
        if given["fit"] == "crop":
            side = min(image.size) * given["crop_share"]
            left, top = (image.width - side) / 2, (image.height - side) / 2
            box = (left, top, left + side, top + side)
        square = image.resize((size, size), _FILTERS[given["interpolation"]], box=box, reducing_gap=2.0)
        pixels = np.asarray(square, np.float32) / 255
        normal = (pixels - np.array(given["mean"], np.float32)) / np.array(given["std"], np.float32)
        return np.ascontiguousarray(normal.transpose(2, 0, 1))

    def classify_batch(self, batch: np.ndarray) -> list[list[list]]:
        """Return name and probability of every class, for each image of `(n, 3, size, size)`."""
        if self.session is None:
            self.load_model()
        logits = self.session.run(["logits"], {"pixels": np.asarray(batch, np.float32)})[0]
        logits = logits / self.description["temperature"]
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return [[[name, float(p)] for name, p in zip(self.names, row, strict=True)] for row in shares]

    def get_classification(self, crop: Image.Image) -> list[list]:
        """Return name and probability of every class for one crop."""
        return self.classify_batch(self.get_tensor(crop)[None])[0]

    def get_class_names(self) -> dict[str, str]:
        """Return the class names by number, from 1."""
        return {str(number): name for number, name in enumerate(self.names, 1)}
