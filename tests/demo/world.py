"""A small world of drawn animals: a model that knows it, and a new place where that model errs.

Everything is drawn and trained on the spot in seconds, so that the whole way from a mistake to a better model can be
walked without a photo, a download or a network.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter

from core.model import Preprocessing
from core.model.network import create_network
from core.model.tree_head import HeadSpec, TreeHead
from core.serving import switch_to
from core.settings import Settings
from core.species import load_cards, load_taxonomy
from core.taxonomy import BLANK
from core.training.embeddings import extract_embeddings
from core.training.exemplars import remember
from core.training.head import HeadConfig, train_head
from core.training.manifest import LabelledPhoto
from core.training.recipe import Recipe, finish
from core.training.task import make_task

ARCHITECTURE, NAME = "test_efficientnet", "drawn"
HALF = (0.5, 0.5, 0.5)
SPEC = Preprocessing(96, "squash", 1.0, HALF, HALF)
LION, LEOPARD, ZEBRA = "panthera-leo", "panthera-pardus", "equus-quagga"
COATS = {LION: (220, 160, 40), LEOPARD: (70, 50, 200), ZEBRA: (40, 210, 60), BLANK: None}
DUSK = (150, 60, 150)  # what a lion looks like at the new place; the model takes it for a leopard
TRAIN, VAL = 14, 6  # photos of each kind that the first model learns from and is judged on


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn photo and what it shows."""

    name: str
    data: bytes
    label: str


def draw(number: int, coat: tuple[int, int, int] | None) -> bytes:
    """Return a JPEG: a patch in the colour of a coat somewhere in a landscape of its own."""
    rng = np.random.default_rng([number, *(coat or (0, 0, 0))])
    small = Image.fromarray(rng.integers(70, 170, (5, 6, 3), np.uint8))
    pixels = np.asarray(
        small.resize((160, 120), Image.Resampling.BICUBIC).convert("L").convert("RGB"), np.int16
    )
    pixels = pixels + rng.integers(-8, 8, pixels.shape)
    if coat is not None:
        y, x = rng.integers(8, 50), rng.integers(8, 80)
        pixels[y : y + 62, x : x + 72] = np.array(coat) + rng.integers(-14, 14, (62, 72, 3))
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def new_place(each: int = 24) -> list[Drawn]:
    """Return the photos of the new place: lions at dusk, and some leopards and zebras as they always look."""
    coats = ((LION, DUSK, each), (LEOPARD, COATS[LEOPARD], each // 3), (ZEBRA, COATS[ZEBRA], each // 3))
    return [
        Drawn(f"{label}-{number:02}.jpg", draw(1000 + number, coat), label)
        for label, coat, count in coats
        for number in range(count)
    ]


def make_model(settings: Settings, *, at: datetime) -> Path:
    """Draw photos, train a tiny model on them, give it a memory, install it and let it answer; return its folder."""
    folder, out = settings.data / "drawings", settings.own_models / NAME
    rows = []
    folder.mkdir(parents=True, exist_ok=True)
    for label, coat in COATS.items():
        for number in range(TRAIN + VAL):
            path = folder / f"{label}-{number}.jpg"
            path.write_bytes(draw(number, coat))
            rows.append(LabelledPhoto(path, label, "train" if number < TRAIN else "val", licence_class="cc0"))
    taxonomy = load_taxonomy(load_cards(settings.species_info), settings.species_info)
    train, val = ([row for row in rows if row.split == split] for split in ("train", "val"))
    task = make_task(train, val, taxonomy, SPEC)
    torch.manual_seed(3)
    spec = HeadSpec(cosine=False)
    network = create_network(ARCHITECTURE, {}, spec.to_record(), task.classes, task.taxonomy)
    assert isinstance(network.head, TreeHead)
    train_head(
        network.head, extract_embeddings(network, train, SPEC, workers=0), task.spans(train), task.positions(),
        task.offsets(network.experts), HeadConfig(epochs=200, batch_size=16),
    )  # fmt: skip
    recipe = Recipe(
        name="Drawn", version="1", architecture=ARCHITECTURE, options=(), input_size=SPEC.size, head=spec,
        licence="CC0: drawn by code",
    )  # fmt: skip
    described = {"photos": {"train": len(train), "val": len(val)}, "photos_per_class": {}}
    bundle = finish(network, task, recipe, described, out, Quiet(), workers=0)
    remember(bundle, rows, settings.data / "cache")
    switch_to(NAME, settings, at=at)
    return out


class Quiet:
    """Hears a run and says nothing."""

    def on_stage(self, text: str) -> None: ...

    def on_features(self, done: int, total: int) -> None: ...

    def on_step(self, step: object) -> None: ...

    def on_epoch(self, report: object) -> bool:
        return True
