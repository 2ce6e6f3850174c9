"""What many tests share: a known animal, and the model that ships with Fieldmark."""

import io
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.model import Bundle, read_bundle
from core.model.torch_classifier import TorchClassifier
from core.settings import ROOT, Settings
from core.store import Ledger, open_database


@pytest.fixture(scope="session")
def cat_pixels() -> np.ndarray:
    """Chelsea, a domestic cat: 451 x 300 pixels, RGB."""
    return data.chelsea()


@pytest.fixture(scope="session")
def cat_photo(cat_pixels) -> bytes:
    """Chelsea as a camera would have saved her."""
    buffer = io.BytesIO()
    Image.fromarray(cat_pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The bundled model's description."""
    return read_bundle(ROOT / "assets" / "models" / "fieldmark-2")


@pytest.fixture(scope="session")
def classifier(bundle) -> TorchClassifier:
    """The bundled model, ready to score."""
    return TorchClassifier(bundle, device="cpu")


@pytest.fixture(scope="session")
def drawn_template(tmp_path_factory) -> Path:
    """A data folder with a tiny model that errs about drawn animals, and the corrections of its mistakes."""
    from tests.demo.walk import correct, look
    from tests.demo.world import make_model, new_place

    settings = Settings(data=tmp_path_factory.mktemp("drawn") / "data")
    make_model(settings, at=datetime.now(UTC))
    engine = open_database(settings.database)
    ledger = Ledger(engine)
    correct(ledger, look(settings, ledger, new_place()))
    engine.dispose()
    return settings.data


@pytest.fixture
def drawn_house(drawn_template, tmp_path) -> Settings:
    """A copy of it that a test may change."""
    data = tmp_path / "data"
    shutil.copytree(drawn_template, data)
    return Settings(data=data)
