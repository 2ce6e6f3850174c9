"""A data folder full of identified photos, made without a model: for tests and benchmarks of reviewing."""

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from core.decision import Distribution, decide
from core.media import Capture, MediaLibrary, Photo
from core.media.previews import Previews
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.store import Ledger, ModelIdentity, open_database
from core.taxonomy import BLANK

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
MODEL = ModelIdentity("m" * 64, "Made", "1", "none", "t" * 64, 1.0)


def seed(data: Path, count: int, *, species: int = 160) -> list[str]:
    """Fill a data folder with numbered drawings, each predicted as one of some species; return their hashes."""
    cards = load_cards(ROOT / "species_info")
    tree = load_taxonomy(cards, ROOT / "species_info")
    leaves = [leaf.id for leaf in tree.leaves]
    ledger = Ledger(open_database(f"sqlite:///{data / 'fieldmark.db'}"))
    library = MediaLibrary(data / "media")
    previews = Previews(data / "previews", library)
    rng = np.random.default_rng(0)
    hashes = []
    for number in range(count):
        content = drawing(number)
        sha256 = library.keep(content)
        image = Image.open(io.BytesIO(content))
        photo = Photo(f"{number:04}.jpg", sha256, image, *image.size, "JPEG", Capture())
        previews.keep(sha256, image)
        ledger.add_photo(photo, size=len(content), door="cli", at=NOW)
        chances = np.zeros(len(leaves) + 1)
        chances[:species] = rng.dirichlet(np.full(species, 0.02))
        answer = decide(Distribution(tree, [*leaves, BLANK], chances), target=0.6)
        ledger.add_prediction(sha256, MODEL, answer, at=NOW)
        hashes.append(sha256)
    ledger._engine.dispose()
    return hashes


def drawing(number: int) -> bytes:
    """Return a JPEG that shows its number."""
    image = Image.new("RGB", (640, 480), ((37 * number) % 200, 90, 120))
    ImageDraw.Draw(image).text((200, 180), str(number), fill="white", font_size=96)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
