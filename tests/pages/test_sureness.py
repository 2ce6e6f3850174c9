"""How sure Fieldmark must be, on screen."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.decision import Calibration, Guarantee
from tests.factories import jpeg, scene
from tests.pages.test_identify import Scripted

PROMISES = (Guarantee(0.01, 0.99), Guarantee(0.02, 0.95), Guarantee(0.05, 0.7), Guarantee(0.1, 0.5))


class Counting(Scripted):
    """The same, and it counts how often it is asked."""

    asked = 0

    def predict(self, arrays):
        self.asked += 1
        return super().predict(arrays)


@pytest.fixture
def promising(bundle):
    calibration = Calibration(1.0, target=0.65, n=1141, target_error=0.028, guarantees=PROMISES)
    return replace(bundle, calibration=calibration)


@pytest.fixture
def model(promising):
    """Leopard 60 %, jaguar 36 %: the species at a target of 0.5, the genus at 0.95."""
    return Counting(promising, panthera_pardus=0.0, panthera_onca=float(np.log(0.6)), canis_lupus=-3.0)


@pytest.fixture
def other_photo() -> bytes:
    return jpeg(scene(seed=1))


@pytest.fixture
def third_photo() -> bytes:
    return jpeg(scene(seed=2))


def choice(screen):
    return screen.at.button_group(key="sureness")


def choose(screen, label):
    choice(screen).set_value(label)
    return screen.run()


def captions(screen) -> str:
    return " ".join(caption.value for caption in screen.at.caption)


def test_a_model_that_promises_nothing_offers_no_choice(visit, bundle, cat_photo):
    silent = replace(bundle, calibration=replace(bundle.calibration, guarantees=()))
    screen = visit(model=Scripted(silent, panthera_pardus=9.0)).upload(("x.jpg", cat_photo))
    assert screen.text("fm-answer")
    assert not [group for group in screen.at.button_group if group.key == "sureness"]
    assert "calibrated on n" not in captions(screen)


def test_only_what_was_promised_is_offered(visit, promising, cat_photo):
    calibration = replace(promising.calibration, guarantees=PROMISES[2:])
    model = Scripted(replace(promising, calibration=calibration), panthera_pardus=9.0)
    screen = visit(model=model).upload(("x.jpg", cat_photo))
    assert choice(screen).options == ["Balanced", "Bold"]


def test_a_choice_answers_again_without_the_network(visit, model, cat_photo):
    screen = visit(model=model).upload(("x.jpg", cat_photo))
    assert "of the genus Panthera" in screen.text("fm-answer")
    assert choice(screen).value is None
    assert "As it comes: 2.8 % of answers wrong, calibrated on n = 1,141 photos." in captions(screen)
    screen = choose(screen, "Bold")
    assert "Leopard, Panthera pardus" in screen.text("fm-answer").replace(" ,", ",")
    assert "At most 10 % of answers wrong, calibrated on n = 1,141 photos." in captions(screen)
    assert 'class="answer"><span class="rank">species' in screen.html("fm-ladder")
    screen = choose(screen, "Careful")
    assert "of the genus Panthera" in screen.text("fm-answer")
    assert "At most 2 % of answers wrong" in captions(screen)
    screen = choose(screen, None)
    assert "As it comes" in captions(screen)
    assert model.asked == 1


def test_a_choice_holds_for_all_photos_of_the_visit_and_for_the_next(
    visit, model, cat_photo, other_photo, third_photo, downloads
):
    screen = visit(model=model).upload(("a.jpg", cat_photo), ("b.jpg", other_photo))
    screen = choose(screen, "Bold")
    outcomes = [row["outcome"] for row in json.loads(downloads["identifications.json"])]
    assert outcomes == ["identified"] * 2
    screen.upload(("c.jpg", third_photo))
    outcomes = [row["outcome"] for row in json.loads(downloads["identifications.json"])]
    assert outcomes == ["identified"] * 3
    assert choice(screen).value == "Bold"


def test_a_choice_survives_a_look_at_another_page(visit, model, cat_photo):
    screen = choose(visit(model=model).upload(("x.jpg", cat_photo)), "Bold")
    screen.at.switch_page("pages/species.py")
    screen.run()
    screen.at.switch_page("pages/identify.py")
    screen.run()
    assert "Leopard" in screen.text("fm-answer")
    assert "At most 10 %" in captions(screen)


def test_a_photo_that_shows_nothing_stays_without_a_name(visit, model):
    screen = visit(model=model).upload(("dark.jpg", jpeg(Image.new("RGB", (400, 300)))))
    before = screen.text("fm-answer")
    assert "Leopard," not in before
    assert choose(screen, "Bold").text("fm-answer") == before


def test_a_stranger_gets_no_name_and_no_card(visit, promising, cat_photo):
    class Threshold:
        threshold = 0.8

        def score(self, embeddings, logits, among=None):
            return np.full(len(embeddings), 0.9)

    model = Scripted(promising, panthera_pardus=9.0)
    model.novelty = Threshold()
    screen = visit(model=model).upload(("x.jpg", cat_photo))
    assert "of the genus Panthera , but probably none of the cats" in screen.text("fm-answer")
    assert "most like leopard" in screen.text("fm-answer")
    assert not screen.html("fm-card")
    assert "of the genus Panthera , but probably none" in choose(screen, "Bold").text("fm-answer")
