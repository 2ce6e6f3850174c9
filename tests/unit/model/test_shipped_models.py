"""The models that we ship."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.answering import distribute
from core.decision import Distribution, log_likelihoods
from core.evaluation.card import card_text
from core.evaluation.report import file_name
from core.model import Classifier, read_bundle
from core.model.novelty_file import read_novelty
from core.model.preprocess import fit, to_array
from core.model.torch_classifier import TorchClassifier
from core.settings import Settings
from core.training.manifest import SPLITS

ROOT = Path(__file__).parents[3]
MODELS = ROOT / "assets" / "models"
FOLDERS = sorted(MODELS.iterdir())
NEWEST = FOLDERS[-1]


def look(classifier: Classifier, image: Image.Image) -> Distribution:
    bundle = classifier.bundle
    array = to_array(fit(image.convert("RGB"), bundle.preprocessing), bundle.preprocessing)
    logits = classifier.predict([array]).logits[0]
    return distribute(log_likelihoods(logits[None], bundle.calibration), bundle)[0]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_it_is_small_and_whole(folder: Path) -> None:
    bundle = read_bundle(folder)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 20_000_000
    names = {"model.safetensors", "model.json", "README.md", *bundle.files}
    reports = {file_name(split) for split in SPLITS}
    assert {file.name for file in folder.iterdir()} - reports == names
    assert len(bundle.taxonomy.leaves) == 160


def test_the_newest_is_served_and_can_say_what_it_rests_on() -> None:
    assert Settings(_env_file=None).model == NEWEST
    bundle = read_bundle(NEWEST)
    assert bundle.head["experts"] == ["softmax", "balanced", "inverse"]
    assert len(bundle.calibration.prior) == len(bundle.classes)
    assert {one.error for one in bundle.calibration.guarantees} >= {0.02, 0.05, 0.1}
    assert read_novelty(bundle) is not None


def test_the_first_one_still_answers_as_it_did() -> None:
    """Format 1 is read for ever: a rollback must always work."""
    old = TorchClassifier(read_bundle(MODELS / "fieldmark-1"))
    assert old.novelty is None
    assert look(old, Image.fromarray(data.chelsea())).probability("felidae") > 0.9
    zebra = look(old, Image.open(ROOT / "assets" / "samples" / "zebra.jpg")).top(1)[0]
    assert zebra.taxon.id == "equus-quagga"
    assert zebra.probability == pytest.approx(0.998, abs=0.002)


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


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_card_says_what_the_description_says(folder: Path) -> None:
    card, record = (folder / "README.md").read_text(), json.loads((folder / "model.json").read_text())
    assert card == card_text(read_bundle(folder))
    for split in {"val", "test"} & set(record["metrics"]):
        assert f"macro-F1 **{record['metrics'][split]['macro_f1']:.3f}**" in card
    assert record["weights_sha256"] in card


def test_the_readme_tells_the_figures_of_the_card() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    old, new = (json.loads((folder / "model.json").read_text())["metrics"] for folder in FOLDERS)
    test = new["test"]
    assert f"its macro-F1 is {test['macro_f1']:.3f} over the {test['species_judged']} species" in readme
    assert f"(version 1: {old['test']['macro_f1']:.3f})" in readme
    assert f"accuracy {test['accuracy']:.3f}, and {test['balanced_accuracy']:.3f} with all species" in readme
    assert f"{1 - test['answer_error']:.0%}".replace("%", " %") + " of its statements are right" in readme
    assert f"calibration error of {test['answer_ece']:.3f}" in readme
    traps = new["test_by_kind"]["camera_trap"]
    assert f"right for {100 * traps['accuracy']:.0f} % of the {traps['n']} test frames" in readme
    assert f"macro-F1 is {new['val']['macro_f1']:.3f}" in readme


def test_it_keeps_what_it_promises() -> None:
    test = json.loads((NEWEST / "model.json").read_text())["metrics"]["test"]
    assert test["macro_f1"] >= 0.93
    assert test["balanced_accuracy"] >= 0.85
    assert test["answer_ece"] <= 0.03
    assert test["answer_error"] <= 0.05
    assert test["information"] >= 0.85
