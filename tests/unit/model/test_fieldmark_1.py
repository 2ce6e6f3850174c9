"""The model that we ship."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.decision import Distribution, softmax
from core.model import Classifier, read_bundle
from core.model.preprocess import fit, to_array

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "assets" / "models" / "fieldmark-1"


def look(classifier: Classifier, image: Image.Image) -> Distribution:
    bundle = classifier.bundle
    array = to_array(fit(image.convert("RGB"), bundle.preprocessing), bundle.preprocessing)
    logits = classifier.predict([array]).logits[0]
    return Distribution(bundle.taxonomy, bundle.classes, softmax(logits, bundle.calibration.temperature))


def test_it_is_small_and_whole() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 20_000_000
    assert {file.name for file in FOLDER.iterdir()} == {"model.safetensors", "model.json", "README.md"}
    assert len(read_bundle(FOLDER).taxonomy.leaves) == 160


def test_it_knows_a_cat(classifier: Classifier) -> None:
    assert look(classifier, Image.fromarray(data.chelsea())).probability("felidae") > 0.9


@pytest.mark.parametrize(("name", "taxon"), [("zebra", "equus-quagga"), ("flamingo", "phoenicopterus-ruber")])
def test_it_names_our_drawings(classifier: Classifier, name: str, taxon: str) -> None:
    distribution = look(classifier, Image.open(ROOT / "assets" / "samples" / f"{name}.jpg"))
    assert distribution.top(1)[0].taxon.id == taxon


def test_a_batch_is_scored_like_its_photos_one_by_one(classifier: Classifier) -> None:
    spec = classifier.bundle.preprocessing
    photos = [
        Image.fromarray(data.chelsea()),
        Image.fromarray(data.coffee()),
        Image.fromarray(data.astronaut()),
    ]
    arrays = [to_array(fit(photo, spec), spec) for photo in photos]
    together = classifier.predict(arrays).logits
    alone = np.concatenate([classifier.predict([array]).logits for array in arrays])
    assert np.allclose(together, alone, atol=1e-3)
    assert classifier.predict([]).logits.shape == (0, len(classifier.bundle.classes))


def test_the_card_says_what_the_description_says() -> None:
    card, record = (FOLDER / "README.md").read_text(), json.loads((FOLDER / "model.json").read_text())
    for split in ("val", "test"):
        assert f"macro-F1 **{record['metrics'][split]['macro_f1']:.3f}**" in card
    assert record["weights_sha256"] in card
    assert record["metrics"]["test"]["macro_f1"] >= 0.92
    readme = (ROOT / "README.md").read_text()
    assert f"macro-F1 is {record['metrics']['test']['macro_f1']:.3f}" in readme
