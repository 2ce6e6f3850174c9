"""What many tests share: a known animal, and the model that ships with Fieldmark."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.model import Bundle, read_bundle
from core.model.torch_classifier import TorchClassifier
from core.settings import ROOT


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
