"""Answers AddaxAI's questions with a published Fieldmark model: `model.safetensors`, `network.json` and this file.

Runs in AddaxAI's environment `pytorch` (Python 3.8, torch, timm) and needs nothing of Fieldmark.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file

_FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


class ModelInference:
    """The class that AddaxAI looks for in `inference.py`."""

    def __init__(self, model_dir: Path, model_path: Path) -> None:
        """Remember where the files are; no weights are loaded yet.

        Args:
            model_dir: The folder of this file.
            model_path: The weights, `model.safetensors`.
        """
        self.model_path = Path(model_path)
        self.description = json.loads((Path(model_dir) / "network.json").read_text(encoding="utf-8"))
        self.names: list[str] = self.description["labels"]
        self.device = torch.device("cuda" if self.check_gpu() else "cpu")
        self.network: torch.nn.Module | None = None
        self.head: dict[str, torch.Tensor] = {}

    def check_gpu(self) -> bool:
        """Tell whether torch finds a CUDA device."""
        return torch.cuda.is_available()

    def load_model(self) -> None:
        """Load the network once."""
        given = self.description
        network = timm.create_model(given["architecture"], num_classes=0, **given["options"])
        if given["linear_stem"]:  # its reference network has no activation there, and timm no word for that
            network.blocks[0][0].bn1.act = torch.nn.Identity()
        weights = load_file(str(self.model_path))
        self.head = {
            name[5:]: weights.pop(name).to(self.device) for name in list(weights) if name.startswith("head.")
        }
        network.load_state_dict({name[9:]: value for name, value in weights.items()}, strict=True)
        self.network = network.eval().to(self.device)

    def get_crop(self, image: Image.Image, bbox: tuple[float, float, float, float]) -> Image.Image:
        """Return the part of a photo that a detector found: left, top, width and height in shares, of the upright photo.

        A tenth is added on every side: the network learnt from whole photos and knows animals with some surroundings.
        """
        upright = ImageOps.exif_transpose(image)
        x, y, w, h = bbox
        left, top = max(0.0, x - w / 10), max(0.0, y - h / 10)
        right, bottom = min(1.0, x + w * 1.1), min(1.0, y + h * 1.1)
        edges = [round(left * upright.width), round(top * upright.height)]
        edges += [
            max(edges[0] + 1, round(right * upright.width)),
            max(edges[1] + 1, round(bottom * upright.height)),
        ]
        return upright.convert("RGB").crop(tuple(edges))

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

    def logits(self, batch: np.ndarray) -> np.ndarray:
        """Return what the network says of images `(n, 3, size, size)`, before calibration: `(n, classes)`."""
        if self.network is None:
            self.load_model()
        images = torch.from_numpy(np.asarray(batch, np.float32)).to(self.device)
        with torch.no_grad():
            features = self.network.forward_head(self.network.forward_features(images), pre_logits=True)
            features = (features - self.head["centre"]) / self.head["spread"]
            if self.description["cosine"]:
                features = torch.nn.functional.normalize(features, dim=-1)
            return (features @ self.head["weight"].T + self.head["bias"]).cpu().numpy()

    def classify_batch(self, batch: np.ndarray) -> list[list[list]]:
        """Return name and probability of every class, for each image of `(n, 3, size, size)`."""
        logits = self.logits(batch) / self.description["temperature"]
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return [[[name, float(row[at])] for at, name in enumerate(self.names)] for row in shares]

    def get_classification(self, crop: Image.Image) -> list[list]:
        """Return name and probability of every class for one crop."""
        return self.classify_batch(self.get_tensor(crop)[None])[0]

    def get_class_names(self) -> dict[str, str]:
        """Return the class names by number, from 1."""
        return {str(number): name for number, name in enumerate(self.names, 1)}
