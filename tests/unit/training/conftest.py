"""Drawn photos and tiny networks that every training test shares."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core.model import Preprocessing
from core.model.backbones import create_backbone
from core.model.bundle import file_sha256
from core.model.network import Network, create_network
from core.model.tree_head import HeadSpec, TreeHead
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.taxonomy import BLANK, Taxonomy
from core.training.embedded import PhotoRow
from core.training.embeddings import extract_embeddings
from core.training.exemplars import remember
from core.training.finetune import Correction, FinetuneOptions, FinetuneResult, finetune
from core.training.head import HeadConfig, train_head
from core.training.manifest import LabelledPhoto
from core.training.recipe import Recipe, finish
from core.training.task import Task, make_task

ARCHITECTURE = "test_efficientnet"
HALF = (0.5, 0.5, 0.5)
SPEC = Preprocessing(96, "squash", 1.0, HALF, HALF)
COLOURS = {"panthera-leo": (200, 160, 60), "panthera-pardus": (60, 40, 180), "equus-quagga": (30, 200, 30)}
Photos = Callable[..., tuple[LabelledPhoto, ...]]
NEW = "vulpes-vulpes"  # no model of these tests knows it
Run = Callable[..., FinetuneResult]


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")


@pytest.fixture(scope="session")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Photos:
    """Draw photos: a square in the species' colour on grey; blanks are grey."""
    folder = tmp_path_factory.mktemp("photos")

    def photos(labels: tuple[str, ...], train: int = 4, val: int = 2) -> tuple[LabelledPhoto, ...]:
        rows = []
        for label in labels:
            for number in range(train + val):
                path = folder / f"{label}-{number}.png"
                if not path.exists():
                    rng = np.random.default_rng([number, *label.encode()])
                    pixels = np.full((120, 160, 3), 110) + rng.integers(-15, 15, (120, 160, 3))
                    if label != BLANK:
                        colour = COLOURS.get(label) or rng.integers(0, 255, 3)
                        pixels[40:80, 10:50] = np.array(colour) + rng.integers(-10, 10, (40, 40, 3))
                    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
                split = "train" if number < train else "val"
                rows.append(
                    LabelledPhoto(path, label, split, kind="photo", source="ours", licence_class="cc0")
                )
        return tuple(rows)

    return photos


@pytest.fixture(scope="session")
def task(draw: Photos, taxonomy: Taxonomy) -> Task:
    rows = draw((*COLOURS, BLANK))
    return make_task(
        [p for p in rows if p.split == "train"], [p for p in rows if p.split == "val"], taxonomy, SPEC
    )


@pytest.fixture
def network(task: Task) -> Network:
    torch.manual_seed(3)
    return create_network(ARCHITECTURE, {}, HeadSpec().to_record(), task.classes, task.taxonomy)


@pytest.fixture(scope="session")
def init(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("init") / "tiny.safetensors"
    save_file(create_backbone(ARCHITECTURE, 10).state_dict(), path)
    return path


class Silent:
    """Hears a run and says nothing."""

    def on_stage(self, text: str) -> None: ...

    def on_features(self, done: int, total: int) -> None: ...

    def on_step(self, step: object) -> None: ...

    def on_epoch(self, report: object) -> bool:
        return True


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, draw: Photos, taxonomy: Taxonomy) -> Path:
    """A tiny model of three species and empty frames, a head on a random backbone, with a memory."""
    rows = draw((*COLOURS, BLANK), train=10, val=6)
    train, val = ([p for p in rows if p.split == split] for split in ("train", "val"))
    task = make_task(train, val, taxonomy, SPEC)
    torch.manual_seed(3)
    spec = HeadSpec(cosine=False)
    network = create_network(ARCHITECTURE, {}, spec.to_record(), task.classes, task.taxonomy)
    assert isinstance(network.head, TreeHead)
    train_head(
        network.head, extract_embeddings(network, train, SPEC, workers=0), task.spans(train), task.positions(),
        task.offsets(network.experts), HeadConfig(epochs=200, batch_size=16),
    )  # fmt: skip
    recipe = Recipe(architecture=ARCHITECTURE, options=(), input_size=96, head=spec)
    out = tmp_path_factory.mktemp("base") / "tiny"
    described = {
        "init": "nothing", "init_sha256": "0" * 64, "photos": {"train": len(train), "val": len(val)},
        "photos_per_class": {}, "licence_classes": {"cc0": len(rows)}, "sources": {"ours": len(rows)},
        "kinds": {"photo": len(rows)},
    }  # fmt: skip
    bundle = finish(network, task, recipe, described, out, Silent(), workers=0)
    remember(bundle, rows, tmp_path_factory.mktemp("cache"))
    return out


@pytest.fixture
def rows(draw: Photos) -> tuple[list[Correction], dict[str, Path]]:
    """Photos of three known species and one new one, as corrections, and where they are."""
    shown = [p for p in draw((*COLOURS, NEW), train=22, val=0) if int(p.path.stem.rsplit("-", 1)[1]) >= 16]
    hashes = [file_sha256(p.path) for p in shown]
    corrections = [Correction(sha256, p.label) for sha256, p in zip(hashes, shown, strict=True)]
    return corrections, dict(zip(hashes, (p.path for p in shown), strict=True))


@pytest.fixture
def run(
    base: Path, rows: tuple[list[Correction], dict[str, Path]], taxonomy: Taxonomy, tmp_path: Path
) -> Run:
    corrections, places = rows

    def start(some: list[Correction] | None = None, out: str = "new", **wishes: object) -> FinetuneResult:
        given = {
            "photo_path": places.__getitem__,
            "cache": tmp_path / "cache",
            "options": FinetuneOptions(epochs=4),
        }
        kept = corrections if some is None else some
        start_from = wishes.pop("base", base)
        return finetune(start_from, kept, taxonomy, tmp_path / out, **{**given, **wishes})  # type: ignore[arg-type]

    return start


@pytest.fixture
def find(draw: Photos) -> Callable[[str], PhotoRow | None]:
    """Find a photo that the tiny model learnt from or was judged on."""
    shown = draw((*COLOURS, BLANK), train=10, val=6)
    return {(sha256 := file_sha256(p.path))[:16]: PhotoRow(sha256, p.path) for p in shown}.get
